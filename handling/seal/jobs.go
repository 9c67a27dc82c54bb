package seal

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
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
		job.Handle(func(ctx context.Context, a signJob) error { _, err := m.Sign(ctx, a.Use); return err }),
		// A job that ran out of tries must not leave a document unsealed for ever.
		job.Every(10*time.Minute, sweepJob{}, func(ctx context.Context, _ sweepJob) error { _, err := m.Drain(ctx); return err }),
	}
}

// atOnce is how many documents are signed in one command.
const atOnce = 16

// Drain signs whatever is released and not signed yet, and returns how many it signed: what a process left that was cut off, and what demo
// scenes wait for, whose clock does not wait for jobs. What cannot be signed holds up nothing after it.
func (m *Module) Drain(ctx context.Context) (signed int, err error) {
	var failures []error
	for after := ""; ; {
		ids, err := store.New(m.k.View(machine)).Released(ctx, store.ReleasedParams{ID: after, Limit: atOnce})
		if err != nil || len(ids) == 0 || ctx.Err() != nil {
			return signed, errors.Join(append(failures, err)...)
		}
		n, err := m.Sign(ctx, ids...)
		signed, after = signed+n, ids[len(ids)-1]
		if err != nil {
			failures = append(failures, err)
		}
	}
}

// Sign makes the signatures of released uses and writes them beside their intents, several in one command. It may be cut off anywhere and
// run again: a signature that was made but not written down is lost with the process, and nobody ever saw it. One that cannot be made holds
// up no other; its error is returned when the others are done, with how many those were.
func (m *Module) Sign(ctx context.Context, ids ...string) (signed int, err error) {
	v := m.k.View(machine)
	uses, err := m.uses(ctx, v, "u.id", ids)
	if err != nil {
		return 0, err
	}
	seals, err := m.All(ctx, v)
	if err != nil {
		return 0, err
	}
	var (
		made     []Signature
		failures []error
	)
	for _, u := range uses {
		if u.State != Released {
			continue // signed by an earlier run, or voided meanwhile
		}
		s := seals[slices.IndexFunc(seals, func(s Seal) bool { return s.Code == u.Seal })] // no use is without its seal
		sig, err := m.signature(ctx, s, u)
		if err != nil {
			failures = append(failures, err)
			continue
		}
		made = append(made, sig)
	}
	signed, err = m.keepEach(ctx, made)
	return signed, errors.Join(append(failures, err)...)
}

// keepEach writes signatures down together, and where that fails each by itself.
func (m *Module) keepEach(ctx context.Context, made []Signature) (kept int, err error) {
	switch err := m.keep(ctx, made); {
	case err == nil:
		return len(made), nil
	case len(made) == 1:
		return 0, err
	}
	var failures []error
	for _, sig := range made {
		if err := m.keep(ctx, []Signature{sig}); err != nil {
			failures = append(failures, err)
			continue
		}
		kept++
	}
	return kept, errors.Join(failures...)
}

// signature signs the document of a released use. Nobody has seen it until it is kept.
func (m *Module) signature(ctx context.Context, s Seal, u Use) (Signature, error) {
	if s.State != Active {
		return Signature{}, problem.Conflict("印章“%s”已%s，《%s》未签章", s.Name, SealMoves().Label(s.State), u.Title)
	}
	document, err := m.k.Files.Read(u.File)
	if err != nil {
		return Signature{}, err
	}
	// Other bytes than those that were released are never signed.
	if got := crypto.HashHex(document); got != u.Hash {
		return Signature{}, problem.Internal("seal: document of use %s has hash %s, the register says %s", u.ID, got, u.Hash)
	}
	value, certificate, err := m.signer.Sign(ctx, s, document)
	return Signature{Use: u.ID, Hash: u.Hash, Value: value, Certificate: certificate}, err
}

// keep writes signatures down. Whoever comes second finds the uses signed and changes nothing.
func (m *Module) keep(ctx context.Context, made []Signature) error {
	if len(made) == 0 {
		return nil
	}
	ids := make([]string, len(made))
	for i, sig := range made {
		ids[i] = sig.Use
	}
	_, err := m.k.DB.Run(ctx, db.Act{Actor: machine, Name: "seal.sign", Now: m.k.Watch.Now()}, func(tx *db.Tx) error {
		uses, err := m.uses(ctx, &tx.View, "u.id", ids)
		if err != nil {
			return err
		}
		for _, u := range uses {
			if u.State != Released {
				continue
			}
			if err := m.sign(ctx, tx, u, made[slices.Index(ids, u.ID)]); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

func (m *Module) sign(ctx context.Context, tx *db.Tx, u Use, sig Signature) error {
	next, err := Moves().Step(u.State, Sign)
	if err != nil {
		return problem.Conflict("%s", err.Error())
	}
	n, err := store.New(tx).EndUse(ctx, store.EndUseParams{State: string(next), EndedAt: db.At(tx.Now), ID: u.ID, State_2: string(u.State)})
	if err != nil {
		return err
	}
	if n == 0 {
		return problem.Conflict("用印登记 %s 在签章时变了，签章未保存", u.ID)
	}
	tx.Record("seal_use", u.ID, string(u.State), string(next), map[string]string{"hash": u.Hash, "released_by": u.ReleasedBy, "rule": u.ReleasedRule})
	tx.Publish(SignedEvent{Use: u.ID, Seal: u.Seal, About: u.About, Purpose: u.Purpose, Hash: u.Hash, At: tx.Now})
	return store.New(tx.Deferred()).InsertSignature(ctx, store.InsertSignatureParams{Use: u.ID, Hash: sig.Hash, Signature: base64.StdEncoding.EncodeToString(sig.Value),
		Certificate: string(sig.Certificate), SignedAt: db.At(tx.Now)})
}
