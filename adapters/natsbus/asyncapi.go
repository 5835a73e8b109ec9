package natsbus

import _ "embed"

// AsyncAPI is the description of all messages, as AsyncAPI 3 in YAML.
//
//go:embed asyncapi.yaml
var AsyncAPI []byte
