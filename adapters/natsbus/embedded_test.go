package natsbus_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"writ/adapters/natsbus"
)

// subscriber connects as a stock client does, with the file of credentials.
func subscriber(t *testing.T, e *natsbus.Embedded, dir string) (*nats.Conn, jetstream.JetStream) {
	t.Helper()
	return connect(t, e, filepath.Join(dir, natsbus.SubscriberCredentials))
}

func connect(t *testing.T, e *natsbus.Embedded, credentials string) (*nats.Conn, jetstream.JetStream) {
	t.Helper()
	nc, err := nats.Connect(e.URL(), nats.UserCredentials(credentials), nats.PermissionErrOnSubscribe(true),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return nc, js
}

func TestNobodyComesInWithoutCredentials(t *testing.T) {
	e, _, _ := embedded(t)
	nc, err := nats.Connect(e.URL())
	if err == nil {
		nc.Close()
	}
	if !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("got %v", err)
	}
}

func TestSecretsAreTheOwnersAlone(t *testing.T) {
	_, _, dir := embedded(t)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || strings.HasPrefix(path, filepath.Join(dir, "jetstream")) {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = fs.ModeDir | 0o700
		}
		if path != dir && info.Mode() != want {
			t.Errorf("%s has mode %s", path, info.Mode())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestCredentialsAndIdentityOutliveARestart(t *testing.T) {
	dir := t.TempDir()
	first, b := embeddedIn(t, dir)
	identity := first.Identity()
	subscriberFile, err := os.ReadFile(filepath.Join(dir, natsbus.SubscriberCredentials))
	if err != nil {
		t.Fatal(err)
	}
	b.Close()
	first.Stop()
	second, _ := embeddedIn(t, dir)
	if second.Identity() != identity || identity == "" {
		t.Errorf("identity %q became %q", identity, second.Identity())
	}
	copied := filepath.Join(t.TempDir(), "copy.creds")
	if err := os.WriteFile(copied, subscriberFile, 0o600); err != nil {
		t.Fatal(err)
	}
	connect(t, second, copied)
}

func TestTwoBrokersAreStrangers(t *testing.T) {
	e1, _, dir := embedded(t)
	e2, _, _ := embedded(t)
	if e1.Identity() == e2.Identity() {
		t.Error("they have one identity")
	}
	nc, err := nats.Connect(e2.URL(), nats.UserCredentials(filepath.Join(dir, natsbus.SubscriberCredentials)))
	if err == nil {
		nc.Close()
		t.Error("credentials of the one opened the other")
	}
}

func TestListenAddress(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for name, address := range map[string]string{
		"taken port":     taken.Addr().String(),
		"no port":        "127.0.0.1",
		"port in words":  "127.0.0.1:nats",
		"port too large": "127.0.0.1:65536",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := natsbus.StartEmbedded(t.Context(), natsbus.EmbeddedOptions{Dir: t.TempDir(), Listen: address, Log: quiet()})
			if err == nil || !strings.Contains(err.Error(), "WRIT_NATS_LISTEN") {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("off", func(t *testing.T) {
		e, err := natsbus.StartEmbedded(t.Context(), natsbus.EmbeddedOptions{Dir: t.TempDir(), Listen: natsbus.ListenOff, Log: quiet()})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Stop()
		b, err := e.Connect()
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		if err := b.Check(t.Context()); err != nil || e.URL() != "" {
			t.Errorf("check %v, URL %q", err, e.URL())
		}
	})
}
