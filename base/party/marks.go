package party

import (
	"tongban/kernel/crypto"
)

// Marks are the texts by which a party stands in the tables of the county, in full, masked and as blind indexes, always in the same order:
// whoever makes a copy of a thing for another party replaces them one by one. Names of equally many characters have equally many marks.
func Marks(keys *crypto.Keyring, i Identity) ([]string, error) {
	i, err := i.Check()
	if err != nil {
		return nil, err
	}
	out := []string{i.Name, i.Number, mask(i.Number), indexOf(keys, i), keys.Index(indexTail, tail(i.Number))}
	out = append(out, grams(i.Name)...)
	if i.Phone != "" {
		phone, err := ParsePhone(i.Phone)
		if err != nil {
			return nil, err
		}
		out = append(out, phone.Full(), phone.Masked())
	}
	return out, nil
}

func indexOf(keys *crypto.Keyring, i Identity) string {
	return keys.Index(sealNumber, i.NumberKind+":"+i.Number)
}
