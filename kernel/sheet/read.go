package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// Limits bounds what Read takes in. Zero values take the default in brackets.
type Limits struct {
	Bytes    int64 // of the file as uploaded [10 MB]
	Unpacked int64 // of the file unpacked, against zip bombs [200 MB]
	Rows     int   // head included [100,000]
	Columns  int   // [256]
	Cell     int   // characters of one cell [32,767]
}

func (l Limits) filled() Limits {
	or := func(v, d int) int {
		if v > 0 {
			return v
		}
		return d
	}
	if l.Bytes <= 0 {
		l.Bytes = 10 << 20
	}
	if l.Unpacked <= 0 {
		l.Unpacked = 200 << 20
	}
	l.Rows, l.Columns, l.Cell = or(l.Rows, 100_000), or(l.Columns, 256), or(l.Cell, maxCell)
	return l
}

// Row is one row of an uploaded table.
type Row struct {
	Line  int      // as the clerk sees it at the left edge, from 1
	Cells []string // as shown in the sheet, blanks at both ends cut; blank cells at the end are left out
}

// Read yields the rows of the first sheet of an xlsx file, or of a CSV file in UTF-8, skipping blank ones. An error is
// the last thing it yields; errors are Chinese and say how to mend the file. Numbers and dates come as the sheet shows
// them, formulas as their last result.
func Read(r io.Reader, lim Limits) iter.Seq2[Row, error] {
	lim = lim.filled()
	return func(yield func(Row, error) bool) {
		b, err := io.ReadAll(io.LimitReader(r, lim.Bytes+1))
		switch {
		case err != nil:
			yield(Row{}, fmt.Errorf("文件没有传完，请重新上传：%w", err))
		case len(b) == 0:
			yield(Row{}, errors.New("文件是空的，请选择填好的表格"))
		case int64(len(b)) > lim.Bytes:
			yield(Row{}, fmt.Errorf("文件超过 %.1f MB，请拆成几份上传", float64(lim.Bytes)/(1<<20)))
		case bytes.HasPrefix(b, []byte("PK")):
			readXLSX(b, lim, yield)
		case bytes.HasPrefix(b, []byte{0xD0, 0xCF, 0x11, 0xE0}):
			yield(Row{}, errors.New("这是旧版 .xls 或加密的表格，请取消密码并另存为 .xlsx 后上传"))
		default:
			readCSV(b, lim, yield)
		}
	}
}

// errStop ends reading when the caller wants no more rows.
var errStop = errors.New("stop")

func readXLSX(b []byte, lim Limits, yield func(Row, error) bool) {
	err := xlsxRows(b, lim, yield)
	if err != nil && err != errStop {
		yield(Row{}, err)
	}
}

func xlsxRows(b []byte, lim Limits, yield func(Row, error) bool) (err error) {
	consumer := false // a panic of the caller is not ours to swallow
	defer func() {
		if consumer {
			return
		}
		// The file comes from outside, and a parser that trips over it must not take the server along.
		if p := recover(); p != nil {
			err = fmt.Errorf("表格文件已损坏，请用 Excel 或 WPS 打开并另存为 .xlsx 后上传（%v）", p)
		}
	}()
	f, err := excelize.OpenReader(bytes.NewReader(b), excelize.Options{UnzipSizeLimit: lim.Unpacked, UnzipXMLSizeLimit: min(lim.Unpacked, 16<<20)})
	if err != nil {
		if strings.Contains(err.Error(), "unzip size exceeds") {
			return fmt.Errorf("表格解开后超过 %d MB，请删去图片和多余的工作表后上传", lim.Unpacked>>20)
		}
		return fmt.Errorf("无法读取表格，请用 Excel 或 WPS 另存为 .xlsx 后上传：%w", err)
	}
	defer f.Close()
	names := f.GetSheetList()
	if len(names) == 0 {
		return errors.New("文件里没有工作表，请检查后重新上传")
	}
	rows, err := f.Rows(names[0])
	if err != nil {
		return fmt.Errorf("工作表“%s”无法读取，请另存为 .xlsx 后上传：%w", names[0], err)
	}
	defer rows.Close()
	for line := 1; rows.Next(); line++ {
		cells, err := rows.Columns()
		if err != nil {
			return fmt.Errorf("第 %d 行无法读取，请检查该行后重新上传：%w", line, err)
		}
		row, err := lim.row(line, cells)
		if err != nil {
			return err
		}
		if len(row.Cells) == 0 {
			continue
		}
		consumer = true
		more := yield(row, nil)
		consumer = false
		if !more {
			return errStop
		}
	}
	if err := rows.Error(); err != nil {
		return fmt.Errorf("表格读到一半出错，请另存为 .xlsx 后上传：%w", err)
	}
	return nil
}

func readCSV(b []byte, lim Limits, yield func(Row, error) bool) {
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	if !utf8.Valid(b) || bytes.IndexByte(b, 0) >= 0 {
		yield(Row{}, errors.New("只能读取 .xlsx 和 UTF-8 编码的 CSV，请用 Excel 或 WPS 另存为 .xlsx 后上传"))
		return
	}
	in := csv.NewReader(bytes.NewReader(b))
	in.FieldsPerRecord = -1
	for {
		cells, err := in.Read()
		if err == io.EOF {
			return
		}
		if err != nil {
			yield(Row{}, fmt.Errorf("CSV 格式有误，请检查引号是否成对，或另存为 .xlsx 后上传：%w", err))
			return
		}
		line, _ := in.FieldPos(0)
		for i, c := range cells {
			// WriteCSV's own apostrophe comes off again.
			if c != "" && c[0] == '\'' && inert(c[1:]) == c {
				cells[i] = c[1:]
			}
		}
		row, err := lim.row(line, cells)
		if err != nil {
			yield(Row{}, err)
			return
		}
		if len(row.Cells) > 0 && !yield(row, nil) {
			return
		}
	}
}

// row trims the cells and holds them against the limits.
func (l Limits) row(line int, cells []string) (Row, error) {
	for i, c := range cells {
		cells[i] = strings.TrimSpace(c)
	}
	for len(cells) > 0 && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	if len(cells) == 0 {
		return Row{}, nil
	}
	if line > l.Rows {
		return Row{}, fmt.Errorf("表格超过 %d 行，请拆成几份上传", l.Rows)
	}
	if len(cells) > l.Columns {
		return Row{}, fmt.Errorf("第 %d 行有 %d 列，最多 %d 列，请删去多余的列", line, len(cells), l.Columns)
	}
	for i, c := range cells {
		if utf8.RuneCountInString(c) > l.Cell {
			return Row{}, fmt.Errorf("第 %d 行第 %d 列超过 %d 个字，请缩短", line, i+1, l.Cell)
		}
	}
	return Row{Line: line, Cells: cells}, nil
}
