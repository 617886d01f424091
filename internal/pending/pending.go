// Package pending keeps modules in go.mod that packages under construction use.
package pending

import (
	_ "github.com/adrg/xdg"
	_ "github.com/chzyer/readline"
	_ "github.com/coreos/go-systemd/v22/daemon"
	_ "github.com/gofrs/flock"
	_ "github.com/pelletier/go-toml/v2"
	_ "github.com/prometheus/client_golang/prometheus"
	_ "github.com/prometheus/client_golang/prometheus/promhttp"
	_ "github.com/rogpeppe/go-internal/testscript"
	_ "github.com/sourcegraph/jsonrpc2"
	_ "github.com/zeebo/blake3"
	_ "go.opentelemetry.io/otel"
	_ "go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	_ "go.opentelemetry.io/otel/sdk/trace"
	_ "gopkg.in/natefinch/lumberjack.v2"
)
