package natsbus

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nkeys"
)

// The files of credentials that the embedded broker hands out, in the data directory.
const (
	SubscriberCredentials = "nats-subscriber.creds" //nolint:gosec // G101: the name of a file; it may read stream WRIT
	AccountsCredentials   = "nats-accounts.creds"   //nolint:gosec // G101: the name of a file; it may publish accounts.>
)

// maxConsumers bounds what holders of the subscriber's credentials can make the broker keep.
const maxConsumers = 4096

// subscriberMay is everything that reading a stream takes and nothing that changes it. The broker
// checks a consumer's name and stream through its API subjects.
var subscriberMay = jwt.Permissions{
	Sub: jwt.Permission{Allow: jwt.StringList{"_INBOX.>", "writ.events.>"}},
	Pub: jwt.Permission{Allow: jwt.StringList{
		"$JS.API.INFO",
		"$JS.API.STREAM.NAMES",
		"$JS.API.STREAM.INFO." + EventsStream,
		"$JS.API.STREAM.MSG.GET." + EventsStream,
		"$JS.API.DIRECT.GET." + EventsStream,
		"$JS.API.DIRECT.GET." + EventsStream + ".>",
		"$JS.API.CONSUMER.CREATE." + EventsStream,
		"$JS.API.CONSUMER.CREATE." + EventsStream + ".>",
		"$JS.API.CONSUMER.DURABLE.CREATE." + EventsStream + ".*",
		"$JS.API.CONSUMER.INFO." + EventsStream + ".*",
		"$JS.API.CONSUMER.NAMES." + EventsStream,
		"$JS.API.CONSUMER.LIST." + EventsStream,
		"$JS.API.CONSUMER.DELETE." + EventsStream + ".*",
		"$JS.API.CONSUMER.MSG.NEXT." + EventsStream + ".*",
		"$JS.ACK." + EventsStream + ".>",
		"$JS.FC." + EventsStream + ".>",
	}},
}

// accountsMay is to tell of accounts and to hear that it was kept. Nothing else is delivered to
// an inbox of that account: the server's own consumer has an inbox of another name.
var accountsMay = jwt.Permissions{
	Pub: jwt.Permission{Allow: jwt.StringList{accountsSubjects}},
	Sub: jwt.Permission{Allow: jwt.StringList{"_INBOX.>"}},
}

// writeCredentials sees to it that both files are there and say what is allowed today. A file that
// does stays as it is.
func (k *keyChain) writeCredentials() error {
	return errors.Join(
		k.writeUser(SubscriberCredentials, eventsAccount, subscriberMay),
		k.writeUser(AccountsCredentials, accountsAccount, accountsMay),
	)
}

func (k *keyChain) writeUser(file, account string, may jwt.Permissions) error {
	path := filepath.Join(k.dir, file)
	known, err := os.ReadFile(path)
	if err == nil && k.stillGood(known, account, may) {
		return os.Chmod(path, 0o600)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	content, err := k.newUser(file, account, may)
	if err != nil {
		return fmt.Errorf("make %s: %w", file, err)
	}
	return writeSecret(path, content)
}

func (k *keyChain) stillGood(credentials []byte, account string, may jwt.Permissions) bool {
	token, err := jwt.ParseDecoratedJWT(credentials)
	if err != nil {
		return false
	}
	claims, err := jwt.DecodeUserClaims(token)
	return err == nil && claims.Issuer == k.names[account] && reflect.DeepEqual(claims.Permissions, may)
}

func (k *keyChain) newUser(name, account string, may jwt.Permissions) ([]byte, error) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return nil, err
	}
	seed, err := pair.Seed()
	if err != nil {
		return nil, err
	}
	token, err := k.userToken(pair, account, name, may)
	if err != nil {
		return nil, err
	}
	return jwt.FormatUserConfig(token, seed)
}
