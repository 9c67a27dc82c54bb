package probe
import ("testing";"os";"time";"bytes";"fmt";"sort"
"github.com/tdewolff/canvas";"github.com/tdewolff/canvas/renderers/pdf";"github.com/klauspost/compress/zstd")
func TestX(t *testing.T){
 z,_:=os.ReadFile("/work/main/kernel/document/font/LXGWWenKai-Regular.ttf.zst")
 t0:=time.Now(); d,_:=zstd.NewReader(nil); b,err:=d.DecodeAll(z,nil); fmt.Println("zstd",time.Since(t0),len(b),err)
 t0=time.Now(); f,err:=canvas.LoadFont(b,0,canvas.FontRegular); fmt.Println("load",time.Since(t0),err)
 for k:=0;k<3;k++{
 t0=time.Now()
 var buf bytes.Buffer
 p:=pdf.New(&buf,210,297,nil); c:=canvas.New(210,297); ctx:=canvas.NewContext(c)
 face:=f.Face(12,canvas.Black)
 for i:=0;i<25;i++{ ctx.DrawText(20,280-float64(i)*9,canvas.NewTextLine(face,"张𬱖 㛃 䶮 龘 根据《中华人民共和国行政许可法》第三十二条，现予受理，ABC 123。",canvas.Left)) }
 fmt.Println("lines",time.Since(t0))
 c.RenderTo(p); p.Close(); fmt.Println("pdf",time.Since(t0),buf.Len())
 }
 // shared glyphs
 m:=map[uint16][]rune{}
 for r:=rune(32);r<0x32000;r++{ if g:=f.SFNT.GlyphIndex(r);g!=0{m[g]=append(m[g],r)}}
 n:=0; var out []string
 for g,rs:=range m{ if len(rs)>1{n++; out=append(out,fmt.Sprintf("%U %q -> %U",rs,string(rs),f.SFNT.Cmap.ToUnicode(g)))}}
 sort.Strings(out); fmt.Println(len(m),n); for i,s:=range out{if i<70{fmt.Println(s)}}
}
