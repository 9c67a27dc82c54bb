package bundle

import (
	"encoding/json"
	"net/http"
	"net/url"

	"tongban/kernel/problem"
	"tongban/kernel/web"
)

// unsaved is a step of the form as it was sent when the login had ended.
type unsaved struct {
	Draft  string
	Step   string
	Posted url.Values
}

const sessionUnsaved = "bundle.unsaved"

// loginAgain answers a visitor without a login who asks for a draft that is not a guest's of this session: most likely the login has
// ended. Whether there is such a draft is not told. What was being sent is kept, sealed, and stands in the boxes again after the login.
func (m *Module) loginAgain(w *web.Response, r *web.Request, id string) error {
	if r.Method == http.MethodGet {
		r.Flash("登录已过期，请重新登录。登录后回到刚才这一步，填好的内容都在。")
		return w.Go("/login?next=" + url.QueryEscape(r.URL.RequestURI()))
	}
	if step := r.PathValue("step"); step != "" && len(r.PostForm) > 0 {
		text, err := json.Marshal(unsaved{Draft: id, Step: step, Posted: r.PostForm})
		if err != nil {
			return err
		}
		sealed, err := m.k.Keys.SealText(sessionUnsaved, string(text))
		if err != nil {
			return err
		}
		r.Remember(sessionUnsaved, sealed)
	}
	return problem.Unauthenticated("登录已过期，刚才填的还没有存进申请").WithNext("请重新登录，登录后回到刚才这一步，填好的内容都在。")
}

// rescued gives back what was being sent when the login ended, once, to the step it belongs to.
func (m *Module) rescued(r *web.Request, work Work, st step) (url.Values, bool) {
	sealed := r.Recall(sessionUnsaved)
	if sealed == "" {
		return nil, false
	}
	var u unsaved
	text, err := m.k.Keys.OpenText(sessionUnsaved, sealed)
	if err != nil || json.Unmarshal([]byte(text), &u) != nil {
		r.Take(sessionUnsaved)
		return nil, false
	}
	if u.Draft != string(work.ID) || u.Step != st.Code {
		return nil, false
	}
	r.Take(sessionUnsaved)
	return u.Posted, true
}
