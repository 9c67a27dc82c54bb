package crypto

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alexedwards/argon2id"

	"tongban/kernel/problem"
)

// PasswordCost is what one password hash costs. The zero value means the default.
type PasswordCost struct {
	Memory  uint32 // KiB; default 64 MiB
	Time    uint32 // passes; default 3
	Threads uint8  // default 2
}

// maxPassword bounds what is hashed, in bytes; longer input is an attack.
const maxPassword = 1024

// Passwords hashes and checks passwords with argon2id, only so many at once, so
// that a wave of logins cannot use up the memory. It is safe for concurrent use.
type Passwords struct {
	params argon2id.Params
	room   chan struct{}
	decoy  string
}

// NewPasswords returns a hasher of which at most atOnce (at least 1) work at the
// same time.
func NewPasswords(cost PasswordCost, atOnce int) (*Passwords, error) {
	p := &Passwords{
		params: argon2id.Params{Memory: cost.Memory, Iterations: cost.Time, Parallelism: cost.Threads, SaltLength: 16, KeyLength: 32},
		room:   make(chan struct{}, max(atOnce, 1)),
	}
	if p.params.Memory == 0 {
		p.params.Memory = 64 << 10
	}
	if p.params.Iterations == 0 {
		p.params.Iterations = 3
	}
	if p.params.Parallelism == 0 {
		p.params.Parallelism = 2
	}
	var err error
	if p.decoy, err = argon2id.CreateHash(Token(16), &p.params); err != nil {
		return nil, fmt.Errorf("crypto: password: %w", err)
	}
	return p, nil
}

// Hash returns the hash to keep, with salt and cost in it. It waits for room and
// returns a Busy problem when ctx ends first.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	if len(password) > maxPassword {
		return "", problem.Invalid("密码太长，最多 %d 个字节", maxPassword)
	}
	if err := p.enter(ctx); err != nil {
		return "", err
	}
	defer p.leave()
	hash, err := argon2id.CreateHash(password, &p.params)
	if err != nil {
		return "", fmt.Errorf("crypto: password: %w", err)
	}
	return hash, nil
}

// Verify reports whether the password belongs to the hash, and whether the hash
// should be made anew because the cost has changed since. An empty hash means
// that there is no such account: the answer is no, and takes as long.
func (p *Passwords) Verify(ctx context.Context, password, hash string) (ok, rehash bool, err error) {
	if len(password) > maxPassword {
		return false, false, nil
	}
	known := hash != ""
	if !known {
		hash = p.decoy
	}
	params, _, _, err := argon2id.DecodeHash(hash)
	if err != nil {
		return false, false, fmt.Errorf("crypto: password: %w", err)
	}
	// A forged hash must not make us allocate what it asks for.
	if params.Memory > 1<<20 || params.Iterations > 64 || params.Memory == 0 || params.Iterations == 0 || params.Parallelism == 0 {
		return false, false, errors.New("crypto: password: the hash asks for too much")
	}
	if err := p.enter(ctx); err != nil {
		return false, false, err
	}
	defer p.leave()
	ok, err = argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, false, fmt.Errorf("crypto: password: %w", err)
	}
	ok = ok && known
	return ok, ok && *params != p.params, nil
}

func (p *Passwords) enter(ctx context.Context) error {
	// Someone who has already left is not served, even if there is room.
	if ctx.Err() == nil {
		select {
		case p.room <- struct{}{}:
			return nil
		case <-ctx.Done():
		}
	}
	return problem.Busy(2*time.Second, "登录的人太多，请稍等几秒再试").Wrap(ctx.Err())
}

func (p *Passwords) leave() { <-p.room }
