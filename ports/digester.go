package ports

// Digester digests what has too little entropy for a bare hash. It is safe for concurrent use.
type Digester interface {
	// Digests are the keyed digests of a value, such as an e-mail address: the first under the
	// current master key, then one for each older master key. purpose separates the uses.
	Digests(purpose, value string) [][]byte
}
