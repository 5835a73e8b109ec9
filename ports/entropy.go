package ports

// Entropy makes what nobody can guess, and what is never made twice. It is safe for concurrent
// use, and panics rather than to give something weak.
type Entropy interface {
	// ID is a new sortable identifier of 20 characters (xid).
	ID() string

	// Fill fills b with random bytes.
	Fill(b []byte)
}
