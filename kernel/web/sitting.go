package web

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"tongban/kernel/db"
	"tongban/kernel/problem"
)

// Sitting is a login of the reader's own that goes on somewhere.
type Sitting struct {
	ID    string // fingerprint of the session's token
	Since time.Time
	Seen  time.Time // roughly: not every page is noted
	From  string    // address at the time of signing in
	Agent string    // browser and system in words
	Here  bool      // the one in which he asks
}

// Sittings lists the reader's logins that go on, the latest first.
func (r *Request) Sittings() ([]Sitting, error) {
	s := r.site
	mine := s.sessions.GetString(r.Ctx, "account")
	rows, err := r.View.QueryContext(r.Ctx, `SELECT token, data FROM web_session WHERE account = $1 AND NOT ended AND expires_at > $2 LIMIT 200`, holder(mine), db.At(s.wall()))
	if err != nil {
		return nil, fmt.Errorf("web: sittings: %w", err)
	}
	defer rows.Close()
	here := fingerprint(s.sessions.Token(r.Ctx))
	var out []Sitting
	for rows.Next() {
		var token, data string
		if err := rows.Scan(&token, &data); err != nil {
			return nil, fmt.Errorf("web: sittings: %w", err)
		}
		_, values, err := sessionForm{}.Decode([]byte(data))
		if err != nil {
			return nil, err
		}
		word := func(name string) string { w, _ := values[name].(string); return w }
		number := func(name string) int64 { n, _ := values[name].(int64); return n }
		// One of an earlier version of the account, or left alone too long, ends when somebody comes by it.
		if word("account") != mine || !s.wall().Before(time.Unix(min(number("until"), number("seen")+number("idle")), 0)) {
			continue
		}
		out = append(out, Sitting{ID: token, Since: time.Unix(number("since"), 0), Seen: time.Unix(number("seen"), 0), From: word("from"), Agent: agentWords(word("agent")), Here: token == here})
	}
	slices.SortFunc(out, func(a, b Sitting) int { return b.Seen.Compare(a.Seen) })
	return out, rows.Err()
}

// lately is how long after signing in somebody may end his other logins: whoever sits down at a screen left alone must not throw its owner out.
const lately = 10 * time.Minute

// SignedInLately reports whether the reader has shown who he is a moment ago.
func (r *Request) SignedInLately() bool {
	return r.site.wall().Sub(time.Unix(r.site.sessions.GetInt64(r.Ctx, "since"), 0)) <= lately
}

// EndSitting ends one of the actor's logins, wherever it is; an empty id ends all but the one in which he asks.
func (r *Request) EndSitting(tx *db.Tx, id string) error {
	if !r.SignedInLately() {
		return problem.Forbidden("结束别处的登录，要在登录后 10 分钟内办理").WithNext("请重新登录一次，再来结束。")
	}
	done, err := tx.ExecContext(r.Ctx, `UPDATE web_session SET ended = TRUE, data = '{}' WHERE account = $1 AND NOT ended AND token <> $2 AND ($3 = '' OR token = $3)`,
		tx.Actor.ID, fingerprint(r.site.sessions.Token(r.Ctx)), id)
	if err != nil {
		return fmt.Errorf("web: end sitting: %w", err)
	}
	n, err := done.RowsAffected()
	if err == nil && n == 0 && id != "" {
		return problem.NotFound("这次登录已经结束")
	}
	tx.Record("account", tx.Actor.ID, "", "", map[string]any{"event": "sittings-ended", "sittings": n})
	return err
}

// fingerprint is how a session stands in the database: whoever reads it there cannot use it.
func fingerprint(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// holder is the account in the name under which a session knows it.
func holder(named string) string {
	id, _, _ := strings.Cut(named, ":")
	return id
}

// mostAgent is how much is kept of what a browser says of itself.
const mostAgent = 200

// agentWords says what a browser is, as far as its owner would recognise it.
func agentWords(agent string) string {
	first := func(names [][2]string) string {
		for _, n := range names {
			if strings.Contains(agent, n[0]) {
				return n[1]
			}
		}
		return ""
	}
	browser := first([][2]string{{"MicroMessenger", "微信"}, {"AlipayClient", "支付宝"}, {"Edg", "Edge"}, {"Firefox", "Firefox"}, {"Chrom", "Chrome 或国产浏览器"}, {"Safari", "Safari"}})
	system := first([][2]string{{"HarmonyOS", "鸿蒙"}, {"Android", "安卓"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS X", "Mac"}, {"Linux", "Linux"}})
	if browser == "" {
		browser = "别的程序"
	}
	if system == "" {
		return browser
	}
	return browser + "，" + system
}
