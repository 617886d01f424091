//go:build unix

package data

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/internal/dbserver"
)

// startPostgres starts a server of its own and returns the address of an empty
// database, whose user's name and password are both tester and s3cret!.
func startPostgres(t testing.TB) string { return dbserver.StartPostgres(t).Admin() }

// startMariaDB starts a server of its own and returns the address of an empty
// database.
func startMariaDB(t testing.TB) string {
	t.Helper()
	server := dbserver.Program(t, "mariadbd", "/usr/sbin/mariadbd")
	home := dbserver.NewHome(t)
	dir := home.Dir
	data := filepath.Join(dir, "data")
	// What mariadb-install-db does, which needs programs of another package.
	share, sql := dbserver.Program(t, "/usr/share/mysql/mariadb_system_tables.sql", "/usr/share/mysql/mysql_system_tables.sql"), "create database mysql;\nuse mysql;\n"
	for _, name := range []string{share, strings.Replace(share, "tables.sql", "tables_data.sql", 1)} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sql += "set @auth_root_socket = null;\n" + string(text)
	}
	home.Command(t, "mkdir", "", data)
	home.Command(t, server, sql, "--no-defaults", "--bootstrap", "--datadir="+data, "--innodb-log-file-size=4M", "--skip-name-resolve")
	init := filepath.Join(dir, "init.sql")
	if err := os.WriteFile(init, []byte(strings.Join([]string{"create database test;",
		"create user 'tester'@'127.0.0.1' identified by 's3cret!';", "grant all on test.* to 'tester'@'127.0.0.1';", ""}, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	port := home.Serve(t, server, func(port string) []string {
		return []string{"--no-defaults", "--datadir=" + data, "--port=" + port, "--bind-address=127.0.0.1", "--socket=" + filepath.Join(dir, "s"),
			"--init-file=" + init, "--skip-name-resolve", "--innodb-buffer-pool-size=8M", "--innodb-flush-log-at-trx-commit=0"}
	})
	return fmt.Sprintf("mysql://tester:s3cret!@127.0.0.1:%s/test", port)
}
