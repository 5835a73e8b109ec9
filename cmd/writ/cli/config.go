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
	case setting == "WRIT_MASTER_KEY":
		return "[secret]"
	case strings.HasSuffix(setting, "_URL"):
		return withoutPassword(s)
	default:
		return s
	}
}

// withoutPassword redacts the passwords of one URL or of several.
func withoutPassword(s string) string {
	parts := strings.Split(s, ",")
	for i, part := range parts {
		u, err := url.Parse(part)
		if err != nil {
			parts[i] = "[not a URL]"
			continue
		}
		parts[i] = u.Redacted()
	}
	return strings.Join(parts, ",")
}
