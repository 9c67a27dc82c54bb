package licence

import (
	"tongban/kernel/authz"
	"tongban/kernel/problem"
	"tongban/kernel/web"
)

type verifyIn struct {
	Code string `path:"code" maxLength:"200" doc:"验真码、证照编号或者电子证照标识" example:"K7QX2M9PT4WA"`
}

// apiVerify answers machines with the facts of the verification page, as slowly as people.
func (m *Module) apiVerify() web.Route {
	return web.API("GET", "/api/v1/licences/{code}", authz.Anyone, "核验证照", func(r *web.Request, in *verifyIn) (*web.Answer[Checked], error) {
		if err := m.slow(r); err != nil {
			return nil, err
		}
		l, found, err := m.shown(r.Ctx, r.View, in.Code)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, problem.NotFound("没有查到这份证照").WithNext("号码无误仍查不到的，这份证照不是本县通过本平台颁发的，请向颁发机关核实。")
		}
		return &web.Answer[Checked]{Body: checkedOf(l, found, r.Now)}, nil
	}).In("证照").Saying("查一份由本县颁发的电子证照是不是真的、现在是否有效。不需要令牌；查得太频繁会答复 429。持证人姓名只显示第一个字。" +
		"文件真实不等于现在仍有效，是否有效以 state 为准。")
}
