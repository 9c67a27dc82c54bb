package main

import (
	"fmt"
	"math/rand/v2"

	"tongban/base/party"
	"tongban/rules/form"
)

// invent makes people, firms and answers that look real and belong to nobody: citizen numbers lie under the unallocated area code
// 431199, phones are chosen from one block, and every choice follows from the seed.
type invent struct{ dice *rand.Rand }

var (
	surnames = []string{"陈", "李", "王", "欧阳", "邓", "蒋", "唐", "雷", "谢", "何", "黄", "周", "盘", "赵", "冯", "肖", "曾", "廖", "莫", "奉"}
	given    = []string{"秀兰", "建国", "玉梅", "志强", "小芳", "文辉", "春生", "桂英", "海波", "丽娟", "德胜", "雪莲", "永红", "金花", "世昌", "国庆", "美玲", "家豪", "思远", "子涵"}
	trades   = []string{"湘味", "南岭", "瑶家", "清泉", "福满", "老街", "春风", "锦绣", "四季", "好邻居"}
)

func pick[T any](d *rand.Rand, list []T) T { return list[d.IntN(len(list))] }

// chance is true n times in a hundred.
func (v invent) chance(n int) bool { return v.dice.IntN(100) < n }

// person invents a natural person.
func (v invent) person() party.Identity {
	body := fmt.Sprintf("431199%04d%02d%02d%03d", 1955+v.dice.IntN(48), 1+v.dice.IntN(12), 1+v.dice.IntN(28), 100+v.dice.IntN(900))
	return party.Identity{Kind: party.Person, Name: pick(v.dice, surnames) + pick(v.dice, given), Number: body + checkDigit(body), Phone: v.phone(),
		Region: fmt.Sprintf("4311990%02d", 1+v.dice.IntN(2)), Address: fmt.Sprintf("文庙路%d号", 1+v.dice.IntN(200))}
}

func (v invent) phone() string { return fmt.Sprintf("139%08d", v.dice.IntN(100_000_000)) }

// checkDigit is the 18th digit of GB 11643.
func checkDigit(body string) string {
	weights := []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += int(body[i]-'0') * w
	}
	return string("10X98765432"[sum%11])
}

// typed invents what a person would type into a field; the form then reads it as it reads anybody's.
func (v invent) typed(f form.Field, who party.Identity) string {
	switch f.Kind {
	case form.Name:
		if f.Topic == "applicant" || f.Topic == "agent" {
			return who.Name
		}
		return pick(v.dice, surnames) + pick(v.dice, given)
	case form.CitizenNumber:
		if f.Topic == "applicant" {
			return who.Number
		}
		return v.person().Number
	case form.CreditCode:
		return creditCode(v.dice)
	case form.Phone:
		return who.Phone
	case form.Day:
		return fmt.Sprintf("20%02d-%02d-%02d", 18+v.dice.IntN(8), 1+v.dice.IntN(12), 1+v.dice.IntN(28))
	case form.Money:
		return fmt.Sprint(1000 * (1 + v.dice.IntN(500)))
	case form.Area:
		return fmt.Sprint(20 + v.dice.IntN(280))
	case form.Count:
		return fmt.Sprint(1 + v.dice.IntN(9))
	case form.YesNo:
		return "no"
	case form.Select:
		if len(f.Options) > 0 {
			return pick(v.dice, f.Options).Code
		}
	case form.Region:
		return who.Region
	case form.Address:
		return who.Region + "|" + who.Address
	}
	if f.Example != "" {
		return f.Example
	}
	return pick(v.dice, trades) + pick(v.dice, []string{"小馆", "饭店", "商行", "工作室", "百货"})
}

// creditCode invents a valid 统一社会信用代码 (GB 32100) of an enterprise under area code 431199.
func creditCode(d *rand.Rand) string {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	org := "MA"
	for range 6 {
		org += string(alphabet[d.IntN(10)])
	}
	sum := 0
	for i, w := range []int{3, 7, 9, 10, 5, 8, 4, 2} { // GB 11714
		c := int(org[i])
		if c >= 'A' {
			c = c - 'A' + 10
		} else {
			c -= '0'
		}
		sum += c * w
	}
	org += string("0123456789X0"[(11-sum%11)%12])
	body := "91431199" + org
	sum = 0
	weight := 1
	for i := range body {
		for j := range alphabet {
			if alphabet[j] == body[i] {
				sum += j * weight
			}
		}
		weight = weight * 3 % 31
	}
	return body + string(alphabet[(31-sum%31)%31])
}
