package portstest

import (
	"errors"
	"testing"

	"writ/domain/event"
	"writ/ports"
	"writ/ports/portstest/req"
)

var keyCases = []storeCase{
	{"a key that another stream holds is taken", keyTaken},
	{"a key that was given back can be taken", keyReleased},
	{"a key can change hands within one commit", keyChangesHands},
	{"a stream may claim what it holds", keyHeld},
	{"a stream gives back only what it holds", keyOfAnother},
	{"two streams of one commit cannot take the same key", keyTwice},
	{"of many that claim one key exactly one gets it", oneKey},
	{"the same digest is another key in another kind", keyKinds},
	{"the wrapped key comes with the rows of its account", wrappedKey},
	{"a destroyed key is gone while the history stays", destroyedKey},
}

func claiming(id event.Stream, expected event.Version, keys ...ports.UniqueKey) ports.Commit {
	a := moving(id, expected, 1)
	a.Claim = keys
	return one(a)
}

func releasing(id event.Stream, expected event.Version, keys ...ports.UniqueKey) ports.Commit {
	a := moving(id, expected, 1)
	a.Release = keys
	return one(a)
}

func keyTaken(t *testing.T, s ports.EventStore) {
	key, late := uniqueKey("handle"), stream("account")
	mustAppend(t, s, claiming(stream("account"), 0, key))
	refused(t, s, claiming(late, 0, uniqueKey("email"), key), &ports.TakenError{Kind: "handle"})
	same(t, "rows", versions(t, s, late), map[event.Stream]event.Version{})
}

func keyReleased(t *testing.T, s ports.EventStore) {
	key, first, second := uniqueKey("handle"), stream("account"), stream("account")
	mustAppend(t, s, claiming(first, 0, key))
	mustAppend(t, s, releasing(first, 1, key))
	mustAppend(t, s, claiming(second, 0, key))
	refused(t, s, claiming(first, 2, key), &ports.TakenError{Kind: "handle"})
}

func keyChangesHands(t *testing.T, s ports.EventStore) {
	key, first, second := uniqueKey("handle"), stream("account"), stream("account")
	mustAppend(t, s, claiming(first, 0, key))
	take, give := claiming(second, 0, key).Appends[0], releasing(first, 1, key).Appends[0]
	mustAppend(t, s, ports.Commit{Appends: []ports.Append{take, give}})
	refused(t, s, claiming(first, 2, key), &ports.TakenError{Kind: "handle"})

	back := moving(second, 1, 1)
	back.Release, back.Claim = []ports.UniqueKey{key}, []ports.UniqueKey{key}
	mustAppend(t, s, one(back))
	refused(t, s, claiming(first, 2, key), &ports.TakenError{Kind: "handle"})
}

func keyHeld(t *testing.T, s ports.EventStore) {
	key, id := uniqueKey("handle"), stream("account")
	mustAppend(t, s, claiming(id, 0, key))
	mustAppend(t, s, claiming(id, 1, key))
	mustAppend(t, s, releasing(id, 2, key))
	mustAppend(t, s, claiming(stream("account"), 0, key))
}

func keyOfAnother(t *testing.T, s ports.EventStore) {
	key := uniqueKey("handle")
	mustAppend(t, s, claiming(stream("account"), 0, key))
	mustAppend(t, s, releasing(stream("account"), 0, key))
	refused(t, s, claiming(stream("account"), 0, key), &ports.TakenError{Kind: "handle"})
}

func keyTwice(t *testing.T, s ports.EventStore) {
	key := uniqueKey("handle")
	a, b := claiming(stream("account"), 0, key), claiming(stream("account"), 0, key)
	refused(t, s, ports.Commit{Appends: append(a.Appends, b.Appends...)}, &ports.TakenError{Kind: "handle"})
	mustAppend(t, s, a)
}

func oneKey(t *testing.T, s ports.EventStore) {
	req.Covers(t, "R-262")
	key := uniqueKey("handle")
	errs := together(contest, func(int) error {
		return s.Append(t.Context(), claiming(stream("account"), 0, key))
	})
	taken := 0
	for _, err := range errs {
		if is := new(ports.TakenError); errors.As(err, &is) {
			taken++
		}
	}
	if won := count(errs, nil); won != 1 || taken != contest-1 {
		t.Fatalf("%d got the key and %d were told that it is taken: %v", won, taken, errs)
	}
}

func keyKinds(t *testing.T, s ports.EventStore) {
	key := uniqueKey("handle")
	mustAppend(t, s, claiming(stream("account"), 0, key))
	mustAppend(t, s, claiming(stream("account"), 0, ports.UniqueKey{Kind: "email", Digest: key.Digest}))
}

func wrappedKey(t *testing.T, s ports.EventStore) {
	account, grant, other := stream("account"), stream("grant"), stream("grant")
	mustAppend(t, s, ports.Commit{
		Appends: []ports.Append{
			owned(moving(account, 0, 1), account.ID, ""), owned(moving(grant, 0, 1), account.ID, ""), moving(other, 0, 1),
		},
		NewKeys: []ports.AccountKey{{Account: account.ID, Wrapped: []byte{0, 1, 2}}},
	})
	rows := loaded(t, s, grant, other)
	same(t, "key with the grant", rows[grant].Key, []byte{0, 1, 2})
	same(t, "key with its account", rows[account].Key, []byte{0, 1, 2})
	if rows[other].Key != nil {
		t.Errorf("a row of no account has the key %x", rows[other].Key)
	}
}

func destroyedKey(t *testing.T, s ports.EventStore) {
	account, key := stream("account"), uniqueKey("handle")
	first := owned(moving(account, 0, 1), account.ID, "")
	first.Claim = []ports.UniqueKey{key}
	mustAppend(t, s, ports.Commit{
		Appends: []ports.Append{first}, NewKeys: []ports.AccountKey{{Account: account.ID, Wrapped: []byte("wrapped")}},
	})
	last := owned(moving(account, 1, 1), account.ID, "")
	last.Release = []ports.UniqueKey{key}
	refused(t, s, ports.Commit{
		Appends: []ports.Append{owned(moving(account, 0, 1), account.ID, "")}, Destroy: []string{account.ID},
	}, ports.ErrConflict)
	if row := loaded(t, s, account)[account]; row.Key == nil {
		t.Fatal("a commit that was refused destroyed the key")
	}
	mustAppend(t, s, ports.Commit{Appends: []ports.Append{last}, Destroy: []string{account.ID}})
	row := loaded(t, s, account)[account]
	if row.Version != 2 || row.Key != nil {
		t.Errorf("after the key was destroyed the row is at %d with key %q", row.Version, row.Key)
	}
	same(t, "history", history(t, s, account, 0), append(first.Facts, last.Facts...), withoutPositions)
	mustAppend(t, s, claiming(stream("account"), 0, key))
}
