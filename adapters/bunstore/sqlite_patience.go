package bunstore

import (
	"context"
	"errors"

	"github.com/uptrace/bun"
	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// patiently runs a transaction of which nobody is waiting for the end. Whoever waits for a database
// file has no place in a line: while another process writes without a break it may time out before
// its turn comes. It asks again then, as long as ctx lasts.
func patiently(ctx context.Context, db *bun.DB, do func(context.Context, bun.Tx) error) error {
	for {
		begun := false
		err := db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
			begun = true
			return do(ctx, tx)
		})
		if begun || ctx.Err() != nil || !isBusy(err) {
			return err
		}
	}
}

func isBusy(err error) bool {
	var answer *driver.Error
	return errors.As(err, &answer) && answer.Code()&0xff == sqlite3.SQLITE_BUSY
}
