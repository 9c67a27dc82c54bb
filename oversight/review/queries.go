package review

import (
	"context"
	"database/sql"
	"errors"

	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/oversight/review/internal/store"
)

func place(unit string) authz.Place { return authz.Place{Unit: unit} }

// ByToken finds the invitation behind a link.
func (m *Module) ByToken(ctx context.Context, v *db.View, token string) (Invitation, error) {
	if len(token) < 16 || len(token) > 64 {
		return Invitation{}, problem.NotFound("没有这个评价链接：可能没有复制完整。请从短信或站内信里重新打开")
	}
	row, err := store.New(v).InvitationByToken(ctx, m.k.Keys.Index(purposeToken, token))
	if errors.Is(err, sql.ErrNoRows) {
		return Invitation{}, problem.NotFound("没有这个评价链接：可能没有复制完整。请从短信或站内信里重新打开")
	}
	if err != nil {
		return Invitation{}, err
	}
	return m.whole(ctx, v, row)
}

func (m *Module) invitation(ctx context.Context, v *db.View, id string) (Invitation, error) {
	row, err := store.New(v).Invitation(ctx, id)
	if err != nil {
		return Invitation{}, err
	}
	return m.whole(ctx, v, row)
}

func (m *Module) whole(ctx context.Context, v *db.View, row store.ReviewInvitation) (Invitation, error) {
	i := Invitation{ID: row.ID, Group: row.Batch, Title: row.Title, Applicant: row.Applicant, ApplicantName: row.ApplicantName, Unit: row.Unit, Way: Way(row.Way), SentAt: row.SentAt.Time}
	parts, err := store.New(v).Parts(ctx, row.ID)
	for _, p := range parts {
		i.Parts = append(i.Parts, Part{CaseID: p.CaseID, Number: p.Number, ItemName: p.ItemName, Unit: p.Unit})
	}
	return i, err
}

// Of lists the reviews of an invitation: none, one, or two.
func (m *Module) Of(ctx context.Context, v *db.View, invitation string) ([]Review, error) {
	rows, err := store.New(v).Reviews(ctx, invitation)
	var out []Review
	for _, row := range rows {
		r, err := readReview(row)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, err
}

// Find reads a review.
func (m *Module) Find(ctx context.Context, v *db.View, id string) (Review, error) {
	row, err := store.New(v).Review(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Review{}, problem.NotFound("没有这条评价")
	}
	if err != nil {
		return Review{}, err
	}
	return readReview(row)
}

func readReview(r store.ReviewReview) (Review, error) {
	out := Review{ID: r.ID, Invitation: r.Invitation, Round: int(r.Round), Unit: r.Unit, About: r.About, Grade: Grade(r.Grade), Words: r.Words, Shown: r.Shown,
		Publication: Publication(r.Publication), Channel: r.Channel, Excluded: r.Excluded, At: r.GivenAt.Time, Version: r.Version}
	return out, r.Dimensions.Unpack(&out.Dimensions)
}

// Task reads the work on a bad review; not-found where there is none.
func (m *Module) Task(ctx context.Context, v *db.View, id string) (Task, error) {
	r, err := store.New(v).Task(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Task{}, problem.NotFound("这条评价没有差评整改")
	}
	return Task{ID: r.ID, Unit: r.Unit, State: State(r.State), Verifier: r.Verifier, Rectifier: r.Rectifier, Visitor: r.Visitor, OpenedAt: r.OpenedAt.Time, Due: r.DueAt.Time,
		VerifiedAt: r.VerifiedAt.Time, RectifiedAt: r.RectifiedAt.Time, VisitedAt: r.VisitedAt.Time, EndedAt: r.EndedAt.Time, Satisfied: r.Satisfied, Version: r.Version}, err
}

// Life lists the steps of a task, oldest first.
func (m *Module) Life(ctx context.Context, v *db.View, id string) ([]Step, error) {
	rows, err := store.New(v).Steps(ctx, id)
	var out []Step
	for _, r := range rows {
		out = append(out, Step{Act: Act(r.Act), From: State(r.FromState), To: State(r.ToState), How: r.How, Words: r.Words, Evidence: r.Evidence,
			Actor: r.Actor, ActorName: r.ActorName, Unit: r.Unit, At: r.At.Time})
	}
	return out, err
}

// latest is the condition that a review is the one that counts of its invitation: not excluded, and not rated again.
const latest = "NOT r.excluded AND NOT EXISTS (SELECT 1 FROM review_review x WHERE x.invitation = r.invitation AND x.round > r.round)"

// Tallies are what the indicators of each unit are made of, from one day to another, both included. A review counts for the unit it is about.
func (m *Module) Tallies(ctx context.Context, v *db.View, from, to calendar.Day) (map[string]Tally, error) {
	out := map[string]Tally{}
	a, b := from.String(), to.String()
	read := func(query string, add func(t *Tally, key, n int)) error {
		rows, err := v.QueryContext(ctx, query, a, b)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var unit string
			var key, n int
			if err := rows.Scan(&unit, &key, &n); err != nil {
				return err
			}
			t := out[unit]
			add(&t, key, n)
			out[unit] = t
		}
		return rows.Err()
	}
	return out, errors.Join(
		read(`SELECT unit, 0, count(*) FROM review_invitation WHERE sent_on >= $1 AND sent_on <= $2 GROUP BY unit`, func(t *Tally, _, n int) { t.Invited += n }),
		read(`SELECT i.unit, 0, count(*) FROM review_invitation i WHERE i.sent_on >= $1 AND i.sent_on <= $2 AND EXISTS (SELECT 1 FROM review_review r WHERE r.invitation = i.id) GROUP BY i.unit`,
			func(t *Tally, _, n int) { t.Reviewed += n }),
		read(`SELECT r.unit, r.grade, count(*) FROM review_review r WHERE r.given_on >= $1 AND r.given_on <= $2 AND `+latest+` GROUP BY r.unit, r.grade`,
			func(t *Tally, grade, n int) { t.By[grade] += n }),
		read(`SELECT t.unit, CASE WHEN t.state = 'excluded' THEN 1 WHEN t.verified_at IS NULL THEN 0 WHEN t.state <> 'closed' THEN (CASE WHEN t.visited_at IS NULL THEN 2 ELSE 3 END)
  WHEN t.ended_at < t.due_at THEN 4 ELSE 5 END, count(*)
 FROM review_task t JOIN review_review r ON r.id = t.id WHERE r.given_on >= $1 AND r.given_on <= $2 GROUP BY 1, 2`, func(t *Tally, kind, n int) {
			t.BadOpened += n
			if kind > 0 {
				t.Verified += n
			}
			if kind > 1 {
				t.Confirmed += n
			}
			if kind > 2 {
				t.Visited += n
			}
			if kind > 3 { // only a satisfied visit closes
				t.Pleased += n
			}
			if kind == 4 {
				t.InTime += n
			}
		}))
}

// Total adds up the tallies of the units that keep says yes to.
func Total(by map[string]Tally, keep func(unit string) bool) Tally {
	var s Tally
	for unit, t := range by {
		if !keep(unit) {
			continue
		}
		s.Invited, s.Reviewed, s.BadOpened, s.Verified = s.Invited+t.Invited, s.Reviewed+t.Reviewed, s.BadOpened+t.BadOpened, s.Verified+t.Verified
		s.Confirmed, s.InTime, s.Visited, s.Pleased = s.Confirmed+t.Confirmed, s.InTime+t.InTime, s.Visited+t.Visited, s.Pleased+t.Pleased
		for g := range s.By {
			s.By[g] += t.By[g]
		}
	}
	return s
}

// Filter narrows the desk's list.
type Filter struct {
	Tab   string // bad, visit, publish, all
	Unit  string
	After string
	Limit int
}

// Listed is a row of a list.
type Listed struct {
	Review
	Title string
	State State // of the task; empty without one
}

var tabs = []struct{ Code, Label, where string }{
	{"bad", "差评待核实", "t.state <> 'closed' AND t.state IN ('opened', 'disputed')"},
	{"rectify", "待整改", "t.state <> 'closed' AND t.state = 'confirmed'"},
	{"visit", "待回访", "t.state <> 'closed' AND t.state = 'rectified'"},
	{"publish", "待审核公开", "r.publication = 'waiting'"},
	{"all", "全部", "TRUE"},
}

const joined = ` FROM review_review r JOIN review_invitation i ON i.id = r.invitation LEFT JOIN review_task t ON t.id = r.id`

func deskWhere(v *db.View, f Filter) *db.Where {
	w := (&db.Where{}).Within(v.Actor.Scope(PermRead), "r.unit", "")
	for _, t := range tabs {
		if t.Code == f.Tab {
			w.And(t.where)
		}
	}
	if f.Unit != "" {
		w.And("r.unit = ?", f.Unit)
	}
	return w
}

// List shows reviews to staff, newest first, within their reach.
func (m *Module) List(ctx context.Context, v *db.View, f Filter) ([]Listed, string, error) {
	w := deskWhere(v, f)
	if f.After != "" {
		w.And("r.id < ?", f.After)
	}
	return m.list(ctx, v, w, "r.id", f.Limit)
}

// Public lists published words, newest first. Who wrote them is not in it.
func (m *Module) Public(ctx context.Context, v *db.View, unit, after string, limit int) ([]Listed, string, error) {
	w := (&db.Where{}).And("r.publication = 'published'").And("NOT r.excluded")
	if unit != "" {
		w.And("r.unit = ?", unit)
	}
	if after != "" {
		w.And("r.id < ?", after)
	}
	return m.list(ctx, v, w, "r.id", limit)
}

func (m *Module) list(ctx context.Context, v *db.View, w *db.Where, order string, limit int) ([]Listed, string, error) {
	if limit <= 0 {
		limit = 30
	}
	rows, err := v.QueryContext(ctx, `SELECT r.id, r.unit, r.round, r.grade, r.shown, r.publication, r.excluded, r.given_at, i.title, COALESCE(t.state, '')`+joined+w.String()+
		` ORDER BY `+order+` DESC LIMIT `+w.Bind(limit+1), w.Args...)
	if err != nil {
		return nil, "", err
	}
	defer rows.Close()
	var out []Listed
	for rows.Next() {
		var l Listed
		var at db.Time
		if err := rows.Scan(&l.ID, &l.Unit, &l.Round, &l.Grade, &l.Shown, &l.Publication, &l.Excluded, &at, &l.Title, &l.State); err != nil {
			return nil, "", err
		}
		if len(out) == limit {
			return out, out[limit-1].ID, nil
		}
		l.At = at.Time
		out = append(out, l)
	}
	return out, "", rows.Err()
}

// Counts are the numbers of the tabs with something to do; nobody counts all there ever were.
func (m *Module) Counts(ctx context.Context, v *db.View, f Filter) (map[string]int, error) {
	out := map[string]int{}
	for _, t := range tabs {
		if t.where == "TRUE" {
			continue
		}
		f.Tab = t.Code
		w := deskWhere(v, f)
		var n int
		if err := v.QueryRowContext(ctx, `SELECT count(*)`+joined+w.String(), w.Args...).Scan(&n); err != nil {
			return nil, err
		}
		out[t.Code] = n
	}
	return out, nil
}

func ignoreNone(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}
