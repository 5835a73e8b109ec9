package eventtest

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

// fill sets every field of v to something that is not its zero value, so that a sample shows all
// of an event's form.
func fill(v reflect.Value, name string) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(Noon.Add(time.Duration(len(name)) * time.Minute)))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), jsonName(v.Type().Field(i)))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), fmt.Sprintf("%s-%d", name, i+1))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), name)
	default:
		fillPlain(v, name)
	}
}

func fillPlain(v reflect.Value, name string) {
	switch {
	case v.Kind() == reflect.String:
		v.SetString(name)
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.CanInt():
		v.SetInt(int64(len(name)))
	case v.CanUint():
		v.SetUint(uint64(len(name)))
	default:
		panic(fmt.Sprintf("eventtest: no sample of a %s", v.Type()))
	}
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "" {
		return f.Name
	}
	return name
}

// unset lists the fields of v that have their zero value, also those within other ones.
func unset(v reflect.Value, path string) []string {
	v = reflect.Indirect(v)
	switch {
	case !v.IsValid() || v.IsZero() && (v.Kind() != reflect.Struct || v.NumField() > 0):
		return []string{path}
	case v.Kind() != reflect.Struct || v.Type() == reflect.TypeFor[time.Time]():
		return nil
	}
	var all []string
	for i := range v.NumField() {
		all = append(all, unset(v.Field(i), path+"."+v.Type().Field(i).Name)...)
	}
	return all
}
