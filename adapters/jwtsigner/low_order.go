package jwtsigner

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"slices"
)

// lowOrder are the encodings of the points whose order divides 8, without the sign bit, those
// that are not canonical included. Under such a key one signature fits many messages.
var lowOrder = []string{
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
}

func hasLowOrder(public ed25519.PublicKey) bool {
	y := bytes.Clone(public)
	y[len(y)-1] &= 0x7f
	return slices.Contains(lowOrder, hex.EncodeToString(y))
}
