package document

import (
	"encoding/binary"
	"errors"
)

// fontFile writes the tables a PDF needs as a TrueType file. The font library's own writer stamps the hour into the file,
// and two renderings of one paper would differ. Hinting goes overboard here as well: it is for coarse screens and
// weighs more than the outlines.
func fontFile(tables map[string][]byte) ([]byte, error) {
	head := append([]byte(nil), tables["head"]...)
	if len(head) < 54 {
		return nil, errors.New("head table is cut off")
	}
	glyf, loca, err := unhinted(tables["glyf"], tables["loca"], binary.BigEndian.Uint16(head[50:]) != 0)
	if err != nil {
		return nil, err
	}
	binary.BigEndian.PutUint32(head[8:], 0)
	binary.BigEndian.PutUint16(head[50:], 1)
	parts := []struct {
		tag  string
		data []byte
	}{{"glyf", glyf}, {"head", head}, {"hhea", tables["hhea"]}, {"hmtx", tables["hmtx"]}, {"loca", loca}, {"maxp", tables["maxp"]}}
	be := binary.BigEndian
	out := be.AppendUint32(nil, 0x00010000)
	// Six tables: search range 64, selector 2, shift 32.
	for _, v := range []uint16{uint16(len(parts)), 64, 2, 32} {
		out = be.AppendUint16(out, v)
	}
	var body []byte
	adjust := 0
	for _, t := range parts {
		at := 12 + 16*len(parts) + len(body)
		if t.tag == "head" {
			adjust = at + 8
		}
		out = append(out, t.tag...)
		out = be.AppendUint32(out, checksum(t.data))
		out = be.AppendUint32(out, uint32(at))
		out = be.AppendUint32(out, uint32(len(t.data)))
		body = append(body, t.data...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	out = append(out, body...)
	be.PutUint32(out[adjust:], 0xB1B0AFBA-checksum(out))
	return out, nil
}

func checksum(b []byte) (sum uint32) {
	for i := 0; i < len(b); i += 4 {
		var w [4]byte
		copy(w[:], b[i:])
		sum += binary.BigEndian.Uint32(w[:])
	}
	return sum
}

// unhinted copies the outlines without their instructions; the new index has long offsets.
func unhinted(glyf, loca []byte, long bool) (out, index []byte, err error) {
	be := binary.BigEndian
	n := len(loca)/2 - 1
	at := func(i int) int { return 2 * int(be.Uint16(loca[2*i:])) }
	if long {
		n = len(loca)/4 - 1
		at = func(i int) int { return int(be.Uint32(loca[4*i:])) }
	}
	for i := range max(n, 0) {
		from, to := at(i), at(i+1)
		if from > to || to > len(glyf) {
			return nil, nil, errors.New("glyph index is out of order")
		}
		index = be.AppendUint32(index, uint32(len(out)))
		g := glyf[from:to]
		if len(g) < 10 {
			continue
		}
		if contours := int(int16(be.Uint16(g))); contours >= 0 {
			cut := 10 + 2*contours
			if len(g) < cut+2 {
				return nil, nil, errors.New("glyph is cut off")
			}
			instructions := int(be.Uint16(g[cut:]))
			if len(g) < cut+2+instructions {
				return nil, nil, errors.New("glyph is cut off")
			}
			out = append(out, g[:cut]...)
			out = append(out, 0, 0)
			out = append(out, g[cut+2+instructions:]...)
		} else {
			out = append(out, g...)
		}
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
	}
	return out, be.AppendUint32(index, uint32(len(out))), nil
}
