package jwtsigner

import (
	"encoding/json"
	"errors"
)

// header is what is read of a JOSE header. Nothing else in it has an effect.
type header struct{ alg, kid, typ string }

// refused are parameters that this server never writes, and that mean that a token wants to bring
// its own key (RFC 8725 §3.10) or to be read in a way that is not understood here (RFC 7515
// §4.1.11, RFC 7797 §6).
var refused = []string{"crit", "b64", "jwk", "jku", "x5u", "x5c"}

func parseHeader(part string) (header, error) {
	plain, err := decode(part)
	if err != nil {
		return header{}, err
	}
	err = checkObject(plain)
	if err != nil {
		return header{}, err
	}
	var members map[string]json.RawMessage // exact names: a struct would take "ALG" for "alg"
	err = json.Unmarshal(plain, &members)
	if err != nil {
		return header{}, errors.New("its header is not JSON")
	}
	for _, name := range refused {
		if _, ok := members[name]; ok {
			return header{}, errors.New("its header has " + name)
		}
	}
	return readHeader(members)
}

func readHeader(members map[string]json.RawMessage) (header, error) {
	var h header
	for name, into := range map[string]*string{"alg": &h.alg, "kid": &h.kid, "typ": &h.typ} {
		raw, ok := members[name]
		if !ok {
			continue
		}
		if raw[0] != '"' || json.Unmarshal(raw, into) != nil {
			return header{}, errors.New("its " + name + " is not a string")
		}
	}
	return h, nil
}
