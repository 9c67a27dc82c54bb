package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mozillazg/go-pinyin"
)

// Phrases gives the reading of words with characters that are read in more than one way
// (多音字): word → syllables without tones, separated by blanks, as many as characters.
type Phrases map[string]string

// common holds the words of the trade and places that the character table would misread.
// The longest word that fits wins. It is never changed.
var common = Phrases{
	"重庆": "chong qing", "六安": "lu an", "长沙": "chang sha", "长春": "chang chun", "长江": "chang jiang",
	"长治": "chang zhi", "长乐": "chang le", "厦门": "xia men", "蚌埠": "beng bu", "台州": "tai zhou",
	"丽水": "li shui", "乐清": "yue qing", "番禺": "pan yu", "铅山": "yan shan", "洪洞": "hong tong",
	"东阿": "dong e", "单县": "shan xian", "都匀": "du yun", "大埔": "da bu", "耒阳": "lei yang",
	"郴州": "chen zhou", "行政": "xing zheng", "行业": "hang ye", "银行": "yin hang", "行驶": "xing shi",
	"行为": "xing wei", "行车": "xing che", "行医": "xing yi", "行使": "xing shi", "执行": "zhi xing",
	"发行": "fa xing", "运行": "yun xing", "参加": "can jia", "参保": "can bao", "参与": "can yu",
	"人参": "ren shen", "会计": "kuai ji", "财会": "cai kuai", "重大": "zhong da", "重要": "zhong yao",
	"重新": "chong xin", "重建": "chong jian", "重复": "chong fu", "重报": "chong bao", "校长": "xiao zhang",
	"县长": "xian zhang", "市长": "shi zhang", "乡长": "xiang zhang", "镇长": "zhen zhang", "家长": "jia zhang",
	"生长": "sheng zhang", "长期": "chang qi", "长度": "chang du", "延长": "yan chang", "校准": "jiao zhun",
	"学校": "xue xiao", "调查": "diao cha", "调动": "diao dong", "调度": "diao du", "调解": "tiao jie",
	"调整": "tiao zheng", "空调": "kong tiao", "还款": "huan kuan", "归还": "gui huan", "偿还": "chang huan",
	"还建": "huan jian", "便民": "bian min", "便宜": "pian yi", "音乐": "yin yue", "娱乐": "yu le",
	"供给": "gong ji", "给付": "ji fu", "补给": "bu ji", "给水": "ji shui", "处理": "chu li",
	"处罚": "chu fa", "处置": "chu zhi", "办事处": "ban shi chu", "传染": "chuan ran", "传记": "zhuan ji",
	"种子": "zhong zi", "种植": "zhong zhi", "养殖": "yang zhi", "降解": "jiang jie", "投降": "tou xiang",
	"量化": "liang hua", "计量": "ji liang", "质量": "zhi liang", "测量": "ce liang", "称重": "cheng zhong",
	"载重": "zai zhong", "占道": "zhan dao", "占用": "zhan yong", "都市": "du shi", "首都": "shou du",
	"角色": "jue se", "数据": "shu ju", "参数": "can shu", "弹药": "dan yao", "朝阳": "chao yang",
	"供应": "gong ying", "应急": "ying ji", "应用": "ying yong", "营业": "ying ye", "卫生": "wei sheng",
	"否决": "fou jue", "曾经": "ceng jing", "藏族": "zang zu", "西藏": "xi zang", "储藏": "chu cang",
	"冷藏": "leng cang", "血液": "xue ye", "单位": "dan wei", "仇恨": "chou hen", "解除": "jie chu",
	"单独": "dan du", "订单": "ding dan", "区划": "qu hua", "查勘": "cha kan", "检查": "jian cha",
	"任命": "ren ming", "合作": "he zuo", "盖章": "gai zhang", "尽职": "jin zhi",
	"散装": "san zhuang", "率先": "shuai xian", "效率": "xiao lv", "税率": "shui lv", "划转": "hua zhuan",
	"转让": "zhuan rang", "转移": "zhuan yi", "转运": "zhuan yun", "中标": "zhong biao", "省份": "sheng fen",
}

// surnames that are read otherwise than the same character in words.
var surnames = Phrases{
	"单": "shan", "仇": "qiu", "解": "xie", "区": "ou", "曾": "zeng", "查": "zha", "任": "ren", "朴": "piao",
	"盖": "ge", "尉迟": "yu chi", "万俟": "mo qi", "长孙": "zhang sun", "澹台": "tan tai", "令狐": "ling hu",
	"覃": "qin", "乐": "yue", "翟": "zhai", "冼": "xian", "缪": "miao", "华": "hua", "宁": "ning", "员": "yun",
	"召": "shao", "种": "chong", "秘": "bi", "繁": "po", "那": "na", "燕": "yan",
}

// Pinyin spells text in syllables without tones, separated by blanks; Latin words and
// numbers stay, in lower case. Words in more take precedence over the built-in table.
func Pinyin(text string, more ...Phrases) string {
	return join(syllables(text, more), " ")
}

// Initials returns the first letters of the syllables, Latin words and numbers whole:
// 食品经营许可证 → spjyxkz.
func Initials(text string, more ...Phrases) string { return initials(syllables(text, more)) }

// NamePinyin spells a person's name: the surname by its reading as a surname (单 shan,
// 仇 qiu).
func NamePinyin(name string, more ...Phrases) string {
	return join(nameSyllables(name, more), " ")
}

// NameInitials returns the initials of a person's name.
func NameInitials(name string, more ...Phrases) string { return initials(nameSyllables(name, more)) }

// syllable is a read Han character, or a Latin word or number as it stands.
type syllable struct {
	text  string
	whole bool // Latin or number: stays whole among initials
}

func read(reading string) []syllable {
	var out []syllable
	for s := range strings.FieldsSeq(reading) {
		out = append(out, syllable{text: s})
	}
	return out
}

func join(syllables []syllable, by string) string {
	var b strings.Builder
	for i, s := range syllables {
		if i > 0 {
			b.WriteString(by)
		}
		b.WriteString(s.text)
	}
	return b.String()
}

func nameSyllables(name string, more []Phrases) []syllable {
	r := []rune(strings.TrimSpace(normal(name)))
	for n := min(2, len(r)); n > 0; n-- {
		if reading, ok := surnames[string(r[:n])]; ok {
			return append(read(reading), syllables(string(r[n:]), more)...)
		}
	}
	return syllables(name, more)
}

func initials(syllables []syllable) string {
	var b strings.Builder
	for _, s := range syllables {
		if s.whole {
			b.WriteString(s.text)
		} else {
			b.WriteByte(s.text[0])
		}
	}
	return b.String()
}

func syllables(text string, more []Phrases) []syllable {
	longest := 1
	tables := append(append([]Phrases{}, more...), common)
	for _, t := range tables {
		for word := range t {
			longest = max(longest, utf8.RuneCountInString(word))
		}
	}
	args := pinyin.NewArgs()
	var out []syllable
	for _, run := range runs(text) {
		if !isHan(run) {
			out = append(out, syllable{run, true})
			continue
		}
		r := []rune(run)
		for i := 0; i < len(r); {
			if reading, n := phrase(tables, r[i:], longest); n > 0 {
				out = append(out, reading...)
				i += n
				continue
			}
			if s := pinyin.SinglePinyin(r[i], args); len(s) > 0 && s[0] != "" {
				if text := strings.Map(plain, s[0]); text != "" {
					out = append(out, syllable{text: text})
				}
			}
			i++
		}
	}
	return out
}

// plain drops what no keyboard types: ü is typed v.
func plain(r rune) rune {
	if r == 'ü' {
		return 'v'
	}
	if r > unicode.MaxASCII {
		return -1
	}
	return r
}

// phrase finds the longest word at the start of r; earlier tables win at equal length.
func phrase(tables []Phrases, r []rune, longest int) ([]syllable, int) {
	for n := min(longest, len(r)); n > 0; n-- {
		for _, t := range tables {
			if reading, ok := t[string(r[:n])]; ok {
				return read(reading), n
			}
		}
	}
	return nil, 0
}
