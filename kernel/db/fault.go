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

// Fault turns what the engine says into what a person can be told. A refusal by a rule passes through unchanged.
func Fault(err error) error {
	var p *problem.Error
	switch {
	case err == nil, errors.As(err, &p):
		return err
	case diskFailed(err), diskFull(err):
		return problem.Busy(30*time.Second, "服务器存储空间不足或写入失败，本次没有办理成功，您填写的内容请先不要关闭。请稍后再试，或拨打服务热线").Wrap(err)
	case congested(err), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return errBusy().Wrap(err)
	case lostConnection(err), repeatable(err):
		return problem.Busy(5*time.Second, "系统正在恢复连接，本次没有办理成功。您填写的内容没有丢失，请稍等几秒后再点一次").Wrap(err)
	}
	return err
}

// Unavailable reports an error that is the database's and not the command's: it has lost its disk, its room or its connection.
func Unavailable(err error) bool { return diskFailed(err) || diskFull(err) || lostConnection(err) }

// diskFailed reports a disk that does not take or give what it should.
func diskFailed(err error) bool {
	for _, primary := range []int{8, 10, 11, 14, 15, 26} { // READONLY, IOERR, CORRUPT, CANTOPEN, PROTOCOL, NOTADB: what a disk that gives up looks like
		if says(err, primary, "58030") { // io_error
			return true
		}
	}
	return false
}

// diskFull reports a disk without room.
func diskFull(err error) bool { return says(err, 13, "53100") } // SQLITE_FULL, disk_full

// congested reports an engine that has too much to do.
func congested(err error) bool {
	return says(err, 5, "53300") || says(err, 6, "53200") // SQLITE_BUSY, too_many_connections; SQLITE_LOCKED, out_of_memory
}

// says reports whether the engine gave this code: SQLite's primary one, or PostgreSQL's.
func says(err error, primary int, state string) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code()&0xff == primary
	}
	var pg interface{ SQLState() string }
	return errors.As(err, &pg) && pg.SQLState() == state
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
