package natsbus

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"
)

// The embedded broker keeps events and account changes in two NATS accounts, so that what is in
// the one, personal data of profiles above all, cannot be reached from the other by any means:
// not by an inbox, not by a consumer that delivers to a subject of its owner's choice.
const (
	operatorKey     = "operator"
	systemAccount   = "system"
	eventsAccount   = "events"
	accountsAccount = "accounts"
)

// keyChain holds the seeds of the operator and of the accounts, one file each, so that handed-out
// credentials outlive a restart.
type keyChain struct {
	dir   string
	pairs map[string]nkeys.KeyPair
	names map[string]string // public keys
}

func openKeyChain(dir string) (*keyChain, error) {
	k := &keyChain{dir: dir, pairs: map[string]nkeys.KeyPair{}, names: map[string]string{}}
	if err := os.MkdirAll(filepath.Join(dir, "nats"), 0o700); err != nil {
		return nil, err
	}
	for _, name := range []string{operatorKey, systemAccount, eventsAccount, accountsAccount} {
		if err := k.open(name); err != nil {
			return nil, fmt.Errorf("key %s: %w", name, err)
		}
	}
	return k, k.writeCredentials()
}

func (k *keyChain) open(name string) error {
	path := filepath.Join(k.dir, "nats", name+".seed")
	pair, err := readSeed(path)
	if errors.Is(err, fs.ErrNotExist) {
		pair, err = makeSeed(path, name)
	}
	if err != nil {
		return err
	}
	public, err := pair.PublicKey()
	k.pairs[name], k.names[name] = pair, public
	return err
}

func readSeed(path string) (nkeys.KeyPair, error) {
	seed, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return nkeys.FromSeed(seed)
}

func makeSeed(path, name string) (nkeys.KeyPair, error) {
	create := nkeys.CreateAccount
	if name == operatorKey {
		create = nkeys.CreateOperator
	}
	pair, err := create()
	if err != nil {
		return nil, err
	}
	seed, err := pair.Seed()
	if err != nil {
		return nil, err
	}
	return pair, writeSecret(path, seed)
}

func (k *keyChain) identity() string { return k.names[operatorKey] }

// guard makes a server demand users of these accounts.
func (k *keyChain) guard(opts *server.Options) error {
	resolver := &server.MemAccResolver{}
	for _, account := range []string{systemAccount, eventsAccount, accountsAccount} {
		token, err := k.accountToken(account)
		if err != nil {
			return fmt.Errorf("sign account %s: %w", account, err)
		}
		if err := resolver.Store(k.names[account], token); err != nil {
			return fmt.Errorf("store account %s: %w", account, err)
		}
	}
	opts.TrustedKeys = []string{k.names[operatorKey]}
	opts.SystemAccount = k.names[systemAccount]
	opts.AccountResolver = resolver
	return nil
}

func (k *keyChain) accountToken(account string) (string, error) {
	claims := jwt.NewAccountClaims(k.names[account])
	claims.Name = account
	if account != systemAccount {
		claims.Limits.JetStreamLimits = jwt.JetStreamLimits{
			MemoryStorage: jwt.NoLimit, DiskStorage: jwt.NoLimit,
			Streams: jwt.NoLimit, Consumer: maxConsumers, MaxAckPending: jwt.NoLimit,
		}
	}
	return claims.Encode(k.pairs[operatorKey])
}

// ownUser is a user of this process alone, who may do everything in one account. It is made anew
// for each connection and not kept.
func (k *keyChain) ownUser(account string) (token, seed string, err error) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return "", "", err
	}
	secret, err := pair.Seed()
	if err != nil {
		return "", "", err
	}
	token, err = k.userToken(pair, account, "writ", jwt.Permissions{})
	return token, string(secret), err
}

func (k *keyChain) userToken(pair nkeys.KeyPair, account, name string, may jwt.Permissions) (string, error) {
	public, err := pair.PublicKey()
	if err != nil {
		return "", err
	}
	claims := jwt.NewUserClaims(public)
	claims.Name, claims.Permissions = name, may
	return claims.Encode(k.pairs[account])
}

// writeSecret puts a file in place whole or not at all, readable by its owner only.
func writeSecret(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
