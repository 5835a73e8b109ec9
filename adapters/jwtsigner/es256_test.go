package jwtsigner_test

import (
	"encoding/asn1"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"writ/adapters/jwtsigner"
)

// The standard library's reader of DER, with big integers, is the slow and simple way.
func TestSignaturesOfEveryLength(t *testing.T) {
	number := rapid.Custom(func(rt *rapid.T) []byte {
		b := make([]byte, 32)
		copy(b[rapid.IntRange(0, 31).Draw(rt, "zeros"):], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(rt, "bytes"))
		b[31] |= 1 // a signature has no zero in it
		return b
	})
	rapid.Check(t, func(rt *rapid.T) {
		r, s := number.Draw(rt, "r"), number.Draw(rt, "s")
		der, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(r), new(big.Int).SetBytes(s)})
		if err != nil {
			rt.Fatal(err)
		}
		got, err := jwtsigner.Concatenated(der)
		if err != nil || !slices.Equal(got, slices.Concat(r, s)) {
			rt.Errorf("%x: got %x, %v", der, got, err)
		}
	})
}

func TestWhatIsNoSignature(t *testing.T) {
	long := append([]byte{0x02, 33, 1}, make([]byte, 32)...)
	for name, der := range map[string][]byte{
		"nothing":         nil,
		"no sequence":     {0x31, 0},
		"another length":  {0x30, 7, 2, 1, 1, 2, 1, 1},
		"one integer":     {0x30, 3, 2, 1, 1},
		"no integer":      {0x30, 6, 3, 1, 1, 2, 1, 1},
		"a third":         {0x30, 9, 2, 1, 1, 2, 1, 1, 2, 1, 1},
		"cut off":         {0x30, 6, 2, 1, 1, 2, 2, 1},
		"33 digits":       slices.Concat([]byte{0x30, 70}, long, long),
		"length too long": {0x30, 0x81, 6, 2, 1, 1, 2, 1, 1},
	} {
		if got, err := jwtsigner.Concatenated(der); err == nil {
			t.Errorf("%s: got %x", name, got)
		}
	}
}
