/* Tongban page helper. ES2017, no build step. Every action is a plain link or form; this only makes it quicker. */
(function(){'use strict';
var d=document,root=d.documentElement,B=d.body,W=window;
function $(s,r){return (r||d).querySelector(s)}
function all(s,r){return [].slice.call((r||d).querySelectorAll(s))}
function el(tag,cls,text){var e=d.createElement(tag);if(cls)e.className=cls;if(text)e.textContent=text;return e}
function store(k,v){try{if(v===undefined)return localStorage.getItem(k);localStorage.setItem(k,v)}catch(e){return null}}
var pushed=0;root.classList.add('js');

// 1. region swap: the same full page is fetched and #id taken out of it
function go(url,opt,id,push){var box=d.getElementById(id);if(!box){location.href=url;return}
 box.setAttribute('aria-busy','true');if(push||opt.method)watch();
 fetch(url,Object.assign({credentials:'same-origin',headers:{'X-TB-Region':id}},opt)).then(function(r){
  if(r.redirected&&/\/login/.test(r.url)){location.href=r.url;return}
  return r.text().then(function(t){var n=new DOMParser().parseFromString(t,'text/html'),x=n.getElementById(id);
   if(!x){if(opt.method){d.open();d.write(t);d.close()}else location.href=r.url;return}
   var k=d.activeElement&&d.activeElement.id;box.replaceWith(d.importNode(x,true));if(n.title)d.title=n.title;
   if(push){pushed=1;history.pushState({tb:1},'',r.url)}
   box=d.getElementById(id);fresh(box);
   var f=$('.errsum',box)||(k&&d.getElementById(k));if(f)f.focus();
   if(push||opt.method)say($('[role=alert],caption,h1,h2',box)||$('.etitle',box))})
 }).catch(function(){if(opt.method){box.removeAttribute('aria-busy');resend();say({textContent:'网络不通，没有提交，请再试一次'},1)}else location.href=url})}
function say(x,show){var l=$('#tb-live');if(!l){l=el('p');l.id='tb-live';l.setAttribute('role','status');B.appendChild(l)}
 l.className=show?'toast notice n-warn':'sr';l.textContent=x?x.textContent:''}
d.addEventListener('click',function(e){if(e.defaultPrevented||e.button||e.ctrlKey||e.metaKey||e.shiftKey)return;
 var a=e.target.closest('a[data-into]');if(a){e.preventDefault();go(a.href,{},a.dataset.into,true)}
 all('details.menu[open]').forEach(function(m){if(!m.contains(e.target))m.open=false})});
W.addEventListener('popstate',function(e){if(e.state&&e.state.tb)location.reload();else if(pushed&&!location.hash)location.reload()});

// 2. passkeys; without an answer the form is sent empty
function raw(s){return Uint8Array.from(atob(s.replace(/-/g,'+').replace(/_/g,'/')),function(c){return c.charCodeAt(0)})}
function txt(b){return b?btoa(String.fromCharCode.apply(null,new Uint8Array(b))).replace(/\+/g,'-').replace(/\//g,'_').replace(/=+$/,''):''}
function ids(o){(o.excludeCredentials||[]).forEach(function(c){c.id=raw(c.id)});if(o.user)o.user.id=raw(o.user.id);o.challenge=raw(o.challenge);return o}
function passkey(f){return fetch(f.dataset.passkey,{method:'POST',credentials:'same-origin',body:new URLSearchParams(new FormData(f))}).then(function(r){return r.ok?r.json():{}}).then(function(q){
  var n=navigator.credentials;return q.create?n.create({publicKey:ids(q.create)}):q.get?n.get({publicKey:ids(q.get)}):null}).then(function(c){if(!c)return '';var a=c.response;
  return JSON.stringify(a.signature?{id:c.id,client:txt(a.clientDataJSON),data:txt(a.authenticatorData),signature:txt(a.signature),holder:txt(a.userHandle)}
   :{id:c.id,client:txt(a.clientDataJSON),data:txt(a.getAuthenticatorData()),key:txt(a.getPublicKey())})})}
d.addEventListener('submit',function(e){var f=e.target;if(!f.dataset.passkey||!W.PublicKeyCredential)return;
 e.preventDefault();e.stopImmediatePropagation();if(f.dataset.sent)return;f.dataset.sent=1;
 passkey(f).then(function(v){f.elements.credential.value=v;f.submit()},function(x){delete f.dataset.sent;
  say({textContent:/InvalidState/.test(x.name)?'这台设备上的通行密钥已经登记过':/Security/.test(x.name)?'通行密钥要用域名打开本站（https），不能用 IP 地址':'没有完成验证，请再试一次'},1)})},true);

// 2b. one submit only
d.addEventListener('submit',function(e){var f=e.target;if(f.dataset.sent){e.preventDefault();return}
 f.dataset.sent=1;setTimeout(function(){delete f.dataset.sent},8000);
 var b=e.submitter||f._b,get=f.method==='get';f._b=null;
 if(!f.dataset.into||!d.getElementById(f.dataset.into))return;
 e.preventDefault();var fd=new FormData(f),url=(b&&b.getAttribute('formaction'))||f.action;
 if(b&&b.name)fd.append(b.name,b.value);
 var q=f.enctype==='multipart/form-data'?fd:new URLSearchParams(fd);
 delete f.dataset.sent;
 if(get)go(url.split('?')[0]+'?'+q,{},f.dataset.into,true);else{f.dataset.sent=1;go(url,{method:'POST',body:q},f.dataset.into,true)}});
d.addEventListener('click',function(e){var b=e.target.closest('button');if(b&&b.form)b.form._b=b},true);
function resend(){all('form[data-sent]').forEach(function(f){delete f.dataset.sent})}
W.addEventListener('pageshow',resend);

// 3. what every new piece of page needs
function fresh(r){all('[data-read]',r).forEach(function(b){b.hidden=!W.speechSynthesis});all('[data-keys],[data-print],[data-phrases]',r).forEach(function(b){b.hidden=false});count();
 all('[data-money]',r).forEach(echo)}

// 4. keyboard: aria-keyshortcuts on any element; G then a letter for the menu
function keysOn(){return store('tbkeys')!=='off'}
var g=0;
d.addEventListener('keydown',function(e){if(e.isComposing||e.keyCode===229||e.ctrlKey||e.metaKey)return;
 var t=e.target,typing=/^(TEXTAREA|SELECT)$/.test(t.tagName)||t.tagName==='INPUT'&&!/^(checkbox|radio|button|submit)$/.test(t.type)||t.isContentEditable;
 var c=e.key.length===1?e.key.toUpperCase():e.key;if(e.altKey&&/^Key/.test(e.code))c=e.code.slice(3);
 var k=(e.altKey?'Alt+':'')+c,m=$('.modal');
 if(k==='Escape'){if(m)shut(m);all('details.menu[open]').forEach(function(x){x.open=false});return}
 if(m)return;
 if(k.length===1&&(typing||!keysOn()))return;
 if(g&&Date.now()-g<1500&&k.length===1){g=0;var n=$('[data-go="'+k.replace(/["\\]/g,'')+'"]');if(n){e.preventDefault();n.click();return}}
 var x=k===' '?null:all('[aria-keyshortcuts]').filter(function(y){return y.getAttribute('aria-keyshortcuts').split(' ').indexOf(k)>=0&&!y.disabled})[0];
 if(x){e.preventDefault();if(/^(INPUT|SELECT|TEXTAREA)$/.test(x.tagName)){x.focus();if(x.select)x.select()}else x.click();return}
 if(typing)return;
 if(k==='?'){e.preventDefault();help()}
 if(k==='G')g=Date.now();
 if(k==='J'||k==='K'){var rows=all('tr a.it'),i=rows.indexOf(t),r=rows[i<0?0:i+(k==='J'?1:-1)];if(r){e.preventDefault();r.focus()}}
 if(k==='X'&&t.closest){var tr=t.closest('tr'),cb=tr&&$('input[type=checkbox]',tr);if(cb)cb.click()}});
function shut(m){var b=m._b;m.remove();if(b&&b.focus)b.focus()}
function modal(title){var m=el('div','modal'),p=el('div');m._b=d.activeElement;m.setAttribute('role','dialog');m.setAttribute('aria-modal','true');m.setAttribute('aria-label',title);
 p.appendChild(el('h2','',title));m.appendChild(p);B.appendChild(m);p.tabIndex=-1;
 m.addEventListener('click',function(e){if(e.target===m)shut(m)});
 m.addEventListener('keydown',function(e){if(e.key!=='Tab')return;var f=all('button,a',p),i=f.indexOf(d.activeElement);if(f.length){e.preventDefault();f[(i+(e.shiftKey?f.length-1:1))%f.length].focus()}});return p}
function btn(p,text,cls,fn){var a=$('.acts',p)||p.appendChild(el('div','acts')),b=el('button','btn '+cls,text);b.type='button';b.addEventListener('click',fn);a.appendChild(b);return b}
function label(x){return (x.getAttribute('aria-label')||all('kbd',x).reduce(function(s,y){return s.replace(y.textContent,'')},x.textContent)).replace(/\s+/g,' ').trim()}
function help(){var p=modal('快捷键'),u=p.appendChild(el('ul')),seen={};
 function row(k,t){if(seen[k])return;seen[k]=1;var li=el('li');li.appendChild(el('span','',t));li.appendChild(el('kbd','',k));u.appendChild(li)}
 all('[aria-keyshortcuts]').forEach(function(x){row(x.getAttribute('aria-keyshortcuts').replace('ArrowLeft','←').replace('ArrowRight','→').replace('Enter','回车'),label(x))});
 all('[data-go]').forEach(function(x){row('G '+x.dataset.go,'去 '+label(x).replace(/\s*\d+ ?件$/,''))});
 if($('tr a.it')){row('J / K','下一行 / 上一行');row('X','选中这一行')}row('Esc','关闭');
 btn(p,keysOn()?'停用单键快捷键':'启用单键快捷键','sec',function(){store('tbkeys',keysOn()?'off':'on');shut(p.parentNode)});
 btn(p,'关闭','',function(){shut(p.parentNode)}).focus()}

// 5. scanner: a fast burst of keys ending in Enter
var buf='',last=0,scan=B.dataset.scan;
if(scan)d.addEventListener('keypress',function(e){var n=Date.now();if(n-last>45)buf='';last=n;
 if(e.key==='Enter'){if(buf.length>7){e.preventDefault();location.href=scan+'?c='+encodeURIComponent(buf)}buf=''}else if(e.key.length===1)buf+=e.key},true);

// 6. live regions by server-sent events; never while the reader is busy in them
if(W.EventSource)all('[data-live]').forEach(function(x){var id=x.id;if(!id)return;var s=new EventSource(x.dataset.live);
 function box(){return d.getElementById(id)}
 s.onerror=function(){if(box())box().setAttribute('data-stale','')};s.onopen=function(){if(box())box().removeAttribute('data-stale')};
 s.onmessage=function(){var y=box();if(y&&!d.hidden&&!$('.batch.on',y)&&!(y.contains(d.activeElement)&&/INPUT|SELECT|TEXTAREA/.test(d.activeElement.tagName)))go(location.href,{headers:{'X-TB-Region':id,'X-TB-Live':'1'}},id,false)}});

// 7. read aloud
d.addEventListener('click',function(e){var b=e.target.closest('[data-read]'),s=W.speechSynthesis;if(!b||!s)return;var w=$('span',b);
 if(s.speaking){s.cancel();w.textContent='朗读';return}
 all('#main h1,#main h2,#main p,#main li,#main label,#main legend,#main dt,#main dd,#main td').forEach(function(x){
  if(!x.offsetParent||$('p,li,label,dd',x))return;var u=new SpeechSynthesisUtterance(x.textContent.trim());u.lang='zh-CN';u.rate=.9;s.speak(u)});
 var end=new SpeechSynthesisUtterance(' ');end.onend=function(){w.textContent='朗读'};s.speak(end);w.textContent='停止朗读'});

// 8. amounts, dates, files, phrases, printing
function upper(v){v=v.replace(/[,，\s]/g,'');if(!/^\d{1,13}(\.\d{0,2})?$/.test(v))return '';
 var D='零壹贰叁肆伍陆柒捌玖',p=v.split('.'),n=p[0].replace(/^0+/,''),c=((p[1]||'')+'00').slice(0,2),o='',z=0;
 for(var i=0;i<n.length;i++){var q=n.length-1-i,x=+n[i];if(x){o+=(z?'零':'')+D[x]+['','拾','佰','仟'][q%4];z=0}else z=1;
  if(q%4===0&&q&&/[1-9]/.test(n.slice(Math.max(0,i-3),i+1))){o+=['','万','亿','万亿'][q/4];z=0;if(n[i+1]==='0')z=1}}
 if(o)o+='元';var j=+c[0],f=+c[1];if(!o&&!j&&!f)return '零元整';
 if(j)o+=D[j]+'角';else if(o&&f)o+='零';return o+(f?D[f]+'分':'整')}
function echo(i){var o=d.getElementById(i.dataset.money);if(o)o.textContent=upper(i.value)}
d.addEventListener('input',function(e){var t=e.target;if(t.dataset.money)echo(t);
 var row=t.closest('[data-date]'),m=row&&/^\s*(\d{4})\D?(\d{1,2})\D?(\d{1,2})\D?\s*$/.exec(t.value);
 if(m&&t.value.length>7)all('input',row).forEach(function(x,i){x.value=m[i+1]})});
d.addEventListener('change',function(e){var t=e.target;
 if('upload' in t.dataset){var c=$('[data-chosen="'+t.id+'"]');if(c)c.textContent=t.files.length?'已选 '+t.files.length+' 个文件：'+[].map.call(t.files,function(f){return f.name}).join('、'):''}
 if(t.dataset.all)all('input[name="'+t.dataset.all+'"]',t.form||d).forEach(function(x){x.checked=t.checked});
 count()});
d.addEventListener('click',function(e){var p=e.target.closest('[data-phrases] button');
 if(p){var t=d.getElementById(p.closest('[data-phrases]').dataset.phrases);t.value+=(t.value&&!/[。；\n]$/.test(t.value)?'；':'')+p.textContent;t.focus()}
 if(e.target.closest('[data-print]'))W.print();if(e.target.closest('[data-keys]'))help()});

// 9. batch bar
function count(){all('[data-batch]').forEach(function(b){var r=b.closest('form'),n=0;all('tbody input[type=checkbox]',r).forEach(function(x){if(x.checked)n++;x.closest('tr').classList.toggle('sel',x.checked)});
 $('[data-count]',b).textContent=n;b.classList.toggle('on',n>0)})}

// 10. the login ends: warn at 90 %, never lose what was written
var left=+B.dataset.expires,timers=[],said;
function toast(text,act,fn){var t=el('div','toast notice n-warn'),p=el('div','nbody');t.setAttribute('role','alertdialog');t.setAttribute('aria-label',text);p.appendChild(el('p','',text));t.appendChild(p);B.appendChild(t);btn(p,act,'',function(){t.remove();fn()}).focus();return t}
function over(){var k=$('main form [name=go][value=save]');if(said)said.remove();
 said=toast(k?'登录已过期。您填的内容还在这一页，重新登录后接着填。':'登录已过期，请重新登录。','重新登录',function(){if(k){resend();k.click()}else location.href='/login?next='+encodeURIComponent(location.pathname+location.search)})}
function stay(){fetch(B.dataset.extend,{method:'POST',credentials:'same-origin'}).then(function(r){if(r.ok)watch();else over()}).catch(function(){say({textContent:'网络不通，登录没有延长，请先保存已填的内容'},1)})}
function watch(){if(!(left>0))return;timers.forEach(clearTimeout);if(said)said.remove();
 timers=[setTimeout(function(){said=toast('您很久没有操作，'+(left<600?Math.max(1,Math.round(left/10))+' 秒':Math.round(left/600)+' 分钟')+'后将退出登录。','继续使用',stay)},left*900),setTimeout(over,left*1000+1500)]}
watch();

// 11. kiosk: without a touch the terminal goes home
var idle=+B.dataset.idle,idleT,idleW;
function wake(){clearTimeout(idleT);clearTimeout(idleW);var o=$('.toast');if(o)o.remove();
 idleW=setTimeout(function(){toast('还在吗？15 秒后将清除您的信息并回到首页。','我还在',wake)},Math.max(5,idle-15)*1000);idleT=setTimeout(function(){location.href=B.dataset.home},idle*1000)}
if(idle&&location.pathname!==B.dataset.home){wake();['click','keydown','touchstart'].forEach(function(n){d.addEventListener(n,wake)})}

if(location.hash==='#print'&&$('[data-print]'))W.addEventListener('load',function(){setTimeout(function(){W.print()},400)});
fresh(d);var es=$('.errsum');if(es)es.focus();
})();
