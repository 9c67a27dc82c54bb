package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"syscall"
	"time"

	"modernc.org/sqlite"

	"tongban/kernel/problem"
)

var errBadConn = driver.ErrBadConn

func isNetwork(err error) bool {
	var n net.Error
	return errors.As(err, &n) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// fault turns what the engine says into what a person can be told. A refusal by a rule passes through unchanged.
func fault(err error) error {
	var p *problem.Error
	if errors.As(err, &p) {
		return err
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case 10, 13: // SQLITE_IOERR, SQLITE_FULL
			return problem.Busy(30*time.Second, "服务器存储空间不足或写入失败，本次没有办理成功，您填写的内容请先不要关闭。请稍后再试，或拨打服务热线").Wrap(err)
		case 5, 6: // SQLITE_BUSY, SQLITE_LOCKED
			return errBusy()
		}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return errBusy()
	}
	return err
}

// IsDuplicate reports whether the error is a broken UNIQUE constraint, on either engine.
func IsDuplicate(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code() == 2067 || lite.Code() == 1555
	}
	var state interface{ SQLState() string }
	return errors.As(err, &state) && state.SQLState() == "23505"
}
