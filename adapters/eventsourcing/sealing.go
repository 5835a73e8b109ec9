package eventsourcing

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"sync"

	"writ/domain/event"
)

// personal knows, type by type, where the personal data is, so that types without any (all of the
// issue path) are never walked.
var personal sync.Map // reflect.Type → bool

var personalType = reflect.TypeFor[event.Personal]()

func hasPersonal(t reflect.Type) bool {
	if known, ok := personal.Load(t); ok {
		return known.(bool)
	}
	found := findPersonal(t, map[reflect.Type]bool{})
	personal.Store(t, found)
	return found
}

func findPersonal(t reflect.Type, seen map[reflect.Type]bool) bool {
	if t == personalType {
		return true
	}
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		return findPersonal(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if t.Field(i).IsExported() && findPersonal(t.Field(i).Type, seen) {
				return true
			}
		}
	}
	return false
}

// seal is what happens to one datum: it is encrypted, or decrypted.
type seal func(event.Personal) (event.Personal, error)

// sealed returns v with every personal datum replaced; v itself stays as it is.
func sealed(v any, do seal) (any, error) {
	original := reflect.Indirect(reflect.ValueOf(v))
	if !hasPersonal(original.Type()) {
		return v, nil
	}
	c := reflect.New(original.Type()).Elem()
	c.Set(original)
	err := replace(c, do)
	return c.Interface(), err
}

func replace(v reflect.Value, do seal) error {
	if v.Type() == personalType {
		return replaceDatum(v, do)
	}
	if !hasPersonal(v.Type()) {
		return nil
	}
	switch v.Kind() {
	case reflect.Struct:
		return replaceFields(v, do)
	case reflect.Slice:
		return replaceAll(v, do)
	default:
		return fmt.Errorf("personal data behind a %s cannot be sealed", v.Type())
	}
}

func replaceDatum(v reflect.Value, do seal) error {
	if v.Len() == 0 {
		return nil // absent stays absent
	}
	datum, err := do(event.Personal(v.String()))
	if err != nil {
		return err
	}
	v.SetString(datum.Reveal())
	return nil
}

func replaceFields(v reflect.Value, do seal) error {
	for i := range v.NumField() {
		if !v.Type().Field(i).IsExported() {
			continue
		}
		err := replace(v.Field(i), do)
		if err != nil {
			return err
		}
	}
	return nil
}

func replaceAll(v reflect.Value, do seal) error {
	c := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
	reflect.Copy(c, v)
	v.Set(c)
	for i := range v.Len() {
		err := replace(v.Index(i), do)
		if err != nil {
			return err
		}
	}
	return nil
}

// sealing encrypts under an account's wrapped key.
func (l *Ledger) sealing(account string, wrapped []byte) seal {
	return func(p event.Personal) (event.Personal, error) {
		if wrapped == nil {
			return event.Erased, nil // there is no key any more that could keep it
		}
		blob, err := l.vault.SealWith(wrapped, []byte(p.Reveal()), account)
		return event.Personal(base64.RawStdEncoding.EncodeToString(blob)), err
	}
}

// opening decrypts under an account's wrapped key. Without the key every datum reads as erased.
func (l *Ledger) opening(account string, wrapped []byte) seal {
	return func(p event.Personal) (event.Personal, error) {
		if wrapped == nil {
			return event.Erased, nil
		}
		blob, err := base64.RawStdEncoding.DecodeString(p.Reveal())
		if err != nil {
			return "", fmt.Errorf("open a personal datum of account %s: %w", account, err)
		}
		plain, err := l.vault.OpenWith(wrapped, blob, account)
		return event.Personal(plain), err
	}
}
