package seal

import (
	"context"
	"encoding/base64"
	"time"

	"tongban/handling/seal/internal/store"
	"tongban/kernel/authz"
	"tongban/kernel/crypto"
	"tongban/kernel/db"
	"tongban/kernel/job"
	"tongban/kernel/problem"
)

var machine = authz.Machine("seal", "job:seal_sign")

type signJob struct {
	Use string `json:"use"`
}

// Kind implements job.Args.
func (signJob) Kind() string { return "seal_sign" }

type sweepJob struct{}

// Kind implements job.Args.
func (sweepJob) Kind() string { return "seal_sweep" }

func (m *Module) jobs() []job.Work {
	return []job.Work{
		job.Handle(func(ctx context.Context, a signJob) error { return m.Sign(ctx, a.Use) }),
		// A job that ran out of tries must not leave a document unsealed for ever.
		job.Every(10*time.Minute, sweepJob{}, func(ctx context.Context, _ sweepJob) error { _, err := m.Drain(ctx); return err }),
	}
}

// Drain signs whatever is released and not signed yet, and returns how many it signed. Jobs do the same one by one; this is for what
// they left, and for demo scenes, whose clock does not wait for jobs.
func (m *Module) Drain(ctx context.Context) (signed int, err error) {
	for {
		ids, err := store.New(m.k.View(machine)).Released(ctx, 100)
		if err != nil || len(ids) == 0 {
			return signed, err
		}
		for _, id := range ids {
			if err := m.Sign(ctx, id); err != nil {
				return signed, err
			}
			signed++
		}
	}
}

// Sign makes the signature of a released use and writes it beside the intent. It may be cut off anywhere and run again: a signature
// that was made but not written down is lost with the process, and nobody ever saw it.
func (m *Module) Sign(ctx context.Context, id string) error {
	v := m.k.View(machine)
	u, err := m.Use(ctx, v, id)
	if err != nil {
		return err
	}
	if u.State != Released {
		return nil // signed by an earlier run, or voided meanwhile
	}
	s, err := m.Find(ctx, v, u.Seal)
	if err != nil {
		return err
	}
	if s.State != Active {
		return problem.Conflict("印章“%s”已%s，《%s》未签章", s.Name, SealMoves().Label(s.State), u.Title)
	}
	document, err := m.k.Files.Read(u.File)
	if err != nil {
		return err
	}
	// Other bytes than those that were released are never signed.
	if got := crypto.HashHex(document); got != u.Hash {
		return problem.Internal("seal: document of use %s has hash %s, the register says %s", u.ID, got, u.Hash)
	}
	value, certificate, err := m.signer.Sign(ctx, s, document)
	if err != nil {
		return err
	}
	return m.keep(ctx, u, Signature{Use: u.ID, Hash: u.Hash, Value: value, Certificate: certificate})
}

// keep writes the signature down. Whoever comes second finds the use signed and changes nothing.
func (m *Module) keep(ctx context.Context, u Use, sig Signature) error {
	_, err := m.k.DB.Run(ctx, db.Act{Actor: machine, Name: "seal.sign", Now: m.k.Watch.Now(), Key: "seal:sign:" + u.ID}, func(tx *db.Tx) error {
		now, err := m.Use(ctx, &tx.View, u.ID)
		if err != nil || now.State != Released {
			return err
		}
		next, err := Moves().Step(now.State, Sign)
		if err != nil {
			return problem.Conflict("%s", err.Error())
		}
		q := store.New(tx)
		if err := q.InsertSignature(ctx, store.InsertSignatureParams{Use: u.ID, Hash: sig.Hash, Signature: base64.StdEncoding.EncodeToString(sig.Value),
			Certificate: string(sig.Certificate), SignedAt: db.At(tx.Now)}); err != nil {
			return err
		}
		n, err := q.EndUse(ctx, store.EndUseParams{State: string(next), EndedAt: db.At(tx.Now), ID: u.ID, State_2: string(now.State)})
		if err != nil {
			return err
		}
		if n == 0 {
			return problem.Conflict("用印登记 %s 在签章时变了，签章未保存", u.ID)
		}
		tx.Record("seal_use", u.ID, string(now.State), string(next), map[string]string{"hash": u.Hash, "released_by": u.ReleasedBy, "rule": u.ReleasedRule})
		tx.Publish(SignedEvent{Use: u.ID, Seal: u.Seal, About: u.About, Purpose: u.Purpose, Hash: u.Hash, At: tx.Now})
		return nil
	})
	return err
}
