package cli

import (
	"fmt"
	"net/url"
	"reflect"
	"strings"
)

type configCommand struct{}

// Run prints the effective settings, without the secrets in them, and says what is wrong with them.
func (*configCommand) Run(t *terminal) error {
	values, rows := map[string]string{}, [][]any{}
	v := reflect.ValueOf(t.settings)
	for i := range v.NumField() {
		setting := v.Type().Field(i).Tag.Get("env")
		value := show(setting, v.Field(i).Interface())
		values[setting] = value
		rows = append(rows, []any{setting, value})
	}
	err := t.answer(values, func() { t.table([]any{"SETTING", "VALUE"}, rows) })
	if err != nil {
		return err
	}
	_, err = t.settings.Server()
	return err
}

func show(setting string, value any) string {
	s := fmt.Sprint(value)
	if list, is := value.([]string); is {
		s = strings.Join(list, ",")
	}
	switch {
	case s == "":
		return ""
	case setting == "WRIT_MASTER_KEY", setting == "WRIT_UPSTREAMS", strings.HasSuffix(setting, "_SECRET"):
		return "[secret]"
	case strings.HasSuffix(setting, "_URL"):
		return withoutPassword(s)
	default:
		return s
	}
}

// withoutPassword redacts what is secret in one URL or in several. What is no URL is shown only where
// it has no place for a password.
func withoutPassword(s string) string {
	parts := strings.Split(s, ",")
	for i, part := range parts {
		u, err := url.Parse(part)
		switch {
		case err == nil && u.Host != "":
			parts[i] = redacted(u)
		case strings.ContainsAny(part, "@= "):
			parts[i] = "[not a URL]"
		}
	}
	return strings.Join(parts, ",")
}

const hidden = "xxxxx" // as url.URL has it

// redacted is a URL without its password; without the user, too, where that alone is a token (NATS);
// and without the passwords that PostgreSQL takes in the query.
func redacted(u *url.URL) string {
	_, hasPassword := u.User.Password()
	if u.User != nil && !hasPassword && !strings.HasPrefix(u.Scheme, "postgres") {
		u.User = url.User(hidden)
	}
	query := u.Query()
	for name := range query {
		if strings.Contains(strings.ToLower(name), "password") {
			query.Set(name, hidden)
			u.RawQuery = query.Encode()
		}
	}
	return u.Redacted()
}
