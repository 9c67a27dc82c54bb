package document_test

import "tongban/kernel/document"

// notice is a one-page letter with every block kind an A4 paper uses. All persons and units are invented.
func notice() document.Paper {
	return document.Paper{
		Issuer:  "南岭县行政审批服务局",
		Title:   "受理通知书",
		Number:  "南审批受〔2026〕第0127号",
		Size:    document.A4,
		Creator: "tongban",
		QR:      &document.QR{Text: "https://nanling.example/t/TB202611230127", Caption: "扫码查进度"},
		Blocks: []document.Block{
			document.Paragraph{Text: "张𬱖：", Flush: true},
			document.Paragraph{Text: "你于2026年11月23日提出的“食品经营许可（新办）”申请，申请材料齐全、符合法定形式。根据《中华人民共和国行政许可法》第三十二条第一款第（五）项的规定，本机关决定予以受理。现将有关事项通知如下："},
			document.Fields{Rows: []document.Field{
				{Label: "申请人", Value: "张𬱖（经营者）、㛃䶮、龘某"},
				{Label: "证件号码", Value: "431199199001011234"},
				{Label: "受理编号", Value: "TB202611230127"},
				{Label: "办理时限", Value: "法定20个工作日，承诺5个工作日；9:00～17:00可来电查询"},
			}},
			document.Heading{Text: "一、收到的材料", Level: 2},
			document.Table{
				Columns: []document.Column{{Title: "序号", Weight: 1, Align: document.Centre}, {Title: "材料名称", Weight: 5}, {Title: "份数", Weight: 1, Align: document.Centre}, {Title: "形式", Weight: 2}},
				Rows:    [][]string{{"1", "食品经营许可申请书", "1", "原件"}, {"2", "营业场所平面图、设备布局和操作流程文件", "1", "复印件"}, {"3", "食品安全管理制度", "1", "电子件"}},
			},
			document.List{Items: []string{"请保持电话畅通，审查人员可能到现场核查。", "对办理有异议的，可拨打12345反映。"}},
			document.Signature{Issuer: "南岭县行政审批服务局", Date: "2026年11月23日", Seal: &document.Seal{Name: "南岭县行政审批服务局", Note: "行政许可专用章"}},
		},
		Footer: "地址：南岭县文昌路1号政务服务中心二楼　　电话：0000-0000000",
	}
}

// receipt is what the counter printer gives out.
func receipt(size document.Size) document.Paper {
	return document.Paper{
		Issuer: "南岭县政务服务中心", Title: "收件回执", Number: "TB202611230127", Size: size,
		QR: &document.QR{Text: "https://nanling.example/t/TB202611230127", Caption: "扫码查进度、评价服务"},
		Blocks: []document.Block{
			document.Fields{Rows: []document.Field{{Label: "申请人", Value: "张𬱖"}, {Label: "事项", Value: "食品经营许可（新办）"}, {Label: "承诺时限", Value: "5个工作日"}}},
			document.Paragraph{Text: "请妥善保管本回执，凭回执编号和手机号后四位可查询进度。", Flush: true},
		},
		Footer: "2026-11-23 10:15　3号窗口",
	}
}

// licence is the face of a certificate.
func licence() document.Paper {
	return document.Paper{
		Title: "食品经营许可证", Number: "许可证编号：JY24311990000017", Size: document.Landscape, Watermark: "南岭县 仅供示例",
		QR: &document.QR{Text: "https://nanling.example/c/JY24311990000017", Caption: "扫码验真"},
		Blocks: []document.Block{
			document.Fields{Plain: true, Rows: []document.Field{{Label: "经营者名称", Value: "南岭县城关镇龘香小吃店"}, {Label: "经营者", Value: "张𬱖"},
				{Label: "经营场所", Value: "南岭县城关镇文昌路18号"}, {Label: "经营项目", Value: "热食类食品制售"}, {Label: "有效期至", Value: "2031年11月22日"}}},
			document.Signature{Issuer: "南岭县行政审批服务局", Date: "2026年11月23日", Seal: &document.Seal{Name: "南岭县行政审批服务局", Note: "证照专用章"}},
		},
	}
}
