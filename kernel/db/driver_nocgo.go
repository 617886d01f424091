//go:build !cgo

package db

import (
	"context"
	"database/sql/driver"
)

const available = false

type connector struct {
	dsn   string
	setUp []string
}

func (c *connector) Connect(context.Context) (driver.Conn, error) { return nil, ErrNoSQLite }

func (c *connector) Driver() driver.Driver { return nil }

func classOf(error) error { return nil }

func interrupted(error) bool { return false }

func violates(error) bool { return false }

func cannotOpen(error) bool { return false }
