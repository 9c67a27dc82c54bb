package file

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"time"
)

// Scanner looks for malware (病毒检查) by asking a clamd over its own protocol, as ClamAV and several commercial engines speak it.
type Scanner struct {
	network, address string
	patience         time.Duration // for one file, from dialling to the answer
}

// NewScanner reads where the clamd listens: tcp://127.0.0.1:3310 or unix:///run/clamav/clamd.ctl.
func NewScanner(at string) (*Scanner, error) {
	u, err := url.Parse(at)
	switch {
	case err != nil:
	case u.Scheme == "tcp" && u.Port() != "" && u.Path == "":
		return &Scanner{"tcp", u.Host, 20 * time.Second}, nil
	case u.Scheme == "unix" && strings.HasPrefix(u.Path, "/") && u.Host == "":
		return &Scanner{"unix", u.Path, 20 * time.Second}, nil
	}
	return nil, fmt.Errorf("病毒检查服务的地址“%s”不对：请写成 tcp://127.0.0.1:3310 或 unix:///run/clamav/clamd.ctl", at)
}

// String is the address of the scanner.
func (s *Scanner) String() string { return s.network + "://" + s.address }

// Version asks the scanner who it is, and how old its signatures are.
func (s *Scanner) Version(ctx context.Context) (string, error) {
	return s.talk(ctx, "VERSION", nil)
}

// Scan has the bytes looked at. The answer is the name of what was found, empty for nothing. An error means that nobody looked.
func (s *Scanner) Scan(ctx context.Context, r io.Reader) (virus string, err error) {
	said, err := s.talk(ctx, "INSTREAM", r)
	if err != nil {
		return "", err
	}
	verdict, of := strings.CutPrefix(said, "stream: ")
	switch name, found := strings.CutSuffix(verdict, " FOUND"); {
	case of && verdict == "OK":
		return "", nil
	case of && found && name != "":
		return name, nil
	}
	return "", fmt.Errorf("file: the scanner said %.200q", said)
}

// talk says one command, sends what belongs to it in pieces, and reads the answer.
func (s *Scanner) talk(ctx context.Context, command string, r io.Reader) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	c, err := (&net.Dialer{}).DialContext(ctx, s.network, s.address)
	if err != nil {
		return "", err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })()
	// A scanner that has seen enough answers and hangs up while we still send: its answer counts, not our broken pipe.
	sent := send(c, command, r)
	said, err := bufio.NewReader(io.LimitReader(c, 4096)).ReadString(0)
	if said = strings.TrimRight(said, "\x00\n"); said == "" || err != nil && !errors.Is(err, io.EOF) {
		return "", errors.Join(sent, err)
	}
	return said, nil
}

func send(w io.Writer, command string, r io.Reader) error {
	if _, err := io.WriteString(w, "z"+command+"\x00"); err != nil || r == nil {
		return err
	}
	piece := make([]byte, 4+64<<10)
	for {
		n, err := io.ReadFull(r, piece[4:])
		if n > 0 {
			binary.BigEndian.PutUint32(piece, uint32(n)) // n is at most 64 KiB
			if _, err := w.Write(piece[:4+n]); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			_, err = w.Write([]byte{0, 0, 0, 0})
			return err
		case err != nil:
			return err
		}
	}
}
