package bunstore

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// nameTypes says as what the server reads the arguments of a statement that is not prepared: those
// of database/sql, and columns. Of pgx's own list, which holds every type of Go with its array and
// makes the program 1.4 MB larger, the tag nopgxregisterdefaulttypes makes nothing.
func nameTypes(_ context.Context, conn *pgx.Conn) error {
	types := conn.TypeMap()
	for name, value := range map[string]any{
		"bool": false, "bytea": []byte{}, "float8": float64(0), "int4": int32(0), "int8": int64(0), "timestamptz": time.Time{},
		"_bytea": [][]byte{}, "_int4": []int32{}, "_int8": []int64{}, "_text": []string{},
	} {
		types.RegisterDefaultPgType(value, name)
	}
	return nil
}
