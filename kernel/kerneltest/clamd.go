package kerneltest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"testing"

	"tongban/kernel/file"
)

// EICAR is the text that every scanner calls a virus and that does nothing. It stands here in two parts, or scanners would stop this
// file.
const EICAR = `X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-` + `STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`

// Clamd is a small scanner that speaks clamd's protocol and knows one virus, wherever in a file it stands.
func Clamd(t testing.TB) *file.Scanner {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { defer c.Close(); answer(c) }()
		}
	}()
	s, err := file.NewScanner("tcp://" + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func answer(c net.Conn) {
	r := bufio.NewReader(c)
	command, err := r.ReadString(0)
	switch {
	case err != nil:
	case command == "zVERSION\x00":
		_, _ = io.WriteString(c, "ClamAV 1.4.3/27800/Mon Nov 23 08:00:00 2026\x00")
	case command == "zINSTREAM\x00":
		var content bytes.Buffer
		for {
			var n uint32
			if binary.Read(r, binary.BigEndian, &n) != nil {
				return
			}
			if n == 0 {
				break
			}
			if _, err := io.CopyN(&content, r, int64(n)); err != nil {
				return
			}
		}
		if bytes.Contains(content.Bytes(), []byte(EICAR)) {
			_, _ = io.WriteString(c, "stream: Eicar-Test-Signature FOUND\x00")
			return
		}
		_, _ = io.WriteString(c, "stream: OK\x00")
	default:
		_, _ = io.WriteString(c, "UNKNOWN COMMAND\x00")
	}
}
