package natsbus

import (
	"encoding/json"
	"fmt"

	"writ/domain/event"
	"writ/domain/oauth"
)

// Party is whom a message concerns. Either may be empty.
type Party struct {
	Client  string `json:"client_id,omitempty"`
	Account string `json:"account_id,omitempty"`
}

func of(c oauth.ClientID, a oauth.AccountID) Party { return Party{string(c), string(a)} }

func decode(c *event.Catalogue, f event.Fact) (any, error) {
	e, err := c.Decode(f.Name, f.Revision, func(into any) error { return json.Unmarshal(f.Data, into) })
	if err != nil {
		return nil, fmt.Errorf("fact %s at position %d: %w", f.ID, f.Position, err)
	}
	return e, nil
}
