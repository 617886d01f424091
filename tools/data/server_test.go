//go:build unix

package data

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools/data/internal/sqldb"
)

// program finds a server's program. It may be missing on a person's machine,
// but not where scripts/install.sh has run.
func program(t testing.TB, patterns ...string) string {
	t.Helper()
	for _, p := range patterns {
		if path, err := exec.LookPath(p); err == nil {
			return path
		}
		if found, _ := filepath.Glob(p); len(found) > 0 {
			return found[len(found)-1]
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed; see scripts/install.sh", patterns)
	}
	t.Skipf("%s is not installed; scripts/install.sh installs it", patterns)
	return ""
}

// serverFolder makes a folder that belongs to whom a server runs as: not root,
// which database servers refuse to be.
func serverFolder(t testing.TB) (string, *syscall.SysProcAttr) {
	t.Helper()
	dir, err := os.MkdirTemp("", "llmspell-db-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	attr := &syscall.SysProcAttr{Setpgid: true}
	if os.Getuid() != 0 {
		return dir, attr
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return dir, attr
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// command runs a program of a server to its end.
func command(t testing.TB, dir string, attr *syscall.SysProcAttr, name, stdin string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.SysProcAttr = dir, attr
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LC_ALL=C"}
	cmd.Stdin = strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// serve starts a server, waits until it listens and returns its port. It ends with the
// test. Another program may have taken a port that was free: then it tries another.
func serve(t testing.TB, dir string, attr *syscall.SysProcAttr, name string, args func(port string) []string) string {
	t.Helper()
	for range 4 {
		port := freePort(t)
		log, listens := tryServe(t, dir, attr, port, name, args(port))
		if listens {
			return port
		}
		t.Logf("%s ended on port %s:\n%s", name, port, log)
	}
	t.Fatalf("%s ended four times", name)
	return ""
}

// tryServe tells whether the server listens, and what it says if it has ended.
func tryServe(t testing.TB, dir string, attr *syscall.SysProcAttr, port, name string, args []string) (string, bool) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.SysProcAttr = dir, attr
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LC_ALL=C"}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGINT) // PostgreSQL's fast shutdown
		cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(time.Minute):
			syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-ended
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	for {
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", "127.0.0.1:"+port)
		if err == nil {
			conn.Close()
			return "", true
		}
		select {
		case err := <-ended:
			ended <- err
			text, _ := os.ReadFile(log.Name())
			return fmt.Sprintf("%v\n%s", err, text), false
		case <-ctx.Done():
			text, _ := os.ReadFile(log.Name())
			t.Fatalf("%s does not listen\n%s", name, text)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// startPostgres starts a server of its own and returns the address of an empty
// database, whose user's name and password are both tester and s3cret!.
func startPostgres(t testing.TB) string {
	t.Helper()
	bin := filepath.Dir(program(t, "/usr/lib/postgresql/*/bin/initdb", "initdb"))
	dir, attr := serverFolder(t)
	password := filepath.Join(dir, "password")
	if err := os.WriteFile(password, []byte("s3cret!\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	command(t, dir, attr, filepath.Join(bin, "initdb"), "", "-D", data, "-U", "tester", "-A", "scram-sha-256", "--pwfile", password, "-E", "UTF8", "--locale=C", "--no-sync")
	port := serve(t, dir, attr, filepath.Join(bin, "postgres"), func(port string) []string {
		return []string{"-D", data, "-p", port, "-h", "127.0.0.1", "-k", dir, "-F"}
	})
	// It listens before it is ready, and says so to those who come early.
	deadline := time.Now().Add(3 * time.Minute)
	for {
		conn, err := sqldb.OpenPostgres(context.Background(), sqldb.Server{Host: "127.0.0.1", Port: port, User: "tester", Password: "s3cret!", Database: "postgres",
			Dial: (&net.Dialer{}).DialContext})
		if err == nil {
			conn.Close()
			return fmt.Sprintf("postgres://tester:s3cret!@127.0.0.1:%s/postgres", port)
		}
		if !strings.Contains(err.Error(), "starting up") || time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// startMariaDB starts a server of its own and returns the address of an empty
// database.
func startMariaDB(t testing.TB) string {
	t.Helper()
	server := program(t, "mariadbd", "/usr/sbin/mariadbd")
	dir, attr := serverFolder(t)
	data := filepath.Join(dir, "data")
	// What mariadb-install-db does, which needs programs of another package.
	share, sql := program(t, "/usr/share/mysql/mariadb_system_tables.sql", "/usr/share/mysql/mysql_system_tables.sql"), "create database mysql;\nuse mysql;\n"
	for _, name := range []string{share, strings.Replace(share, "tables.sql", "tables_data.sql", 1)} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sql += "set @auth_root_socket = null;\n" + string(text)
	}
	command(t, dir, attr, "mkdir", "", data)
	command(t, dir, attr, server, sql, "--no-defaults", "--bootstrap", "--datadir="+data, "--innodb-log-file-size=4M", "--skip-name-resolve")
	init := filepath.Join(dir, "init.sql")
	if err := os.WriteFile(init, []byte(strings.Join([]string{"create database test;",
		"create user 'tester'@'127.0.0.1' identified by 's3cret!';", "grant all on test.* to 'tester'@'127.0.0.1';", ""}, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	port := serve(t, dir, attr, server, func(port string) []string {
		return []string{"--no-defaults", "--datadir=" + data, "--port=" + port, "--bind-address=127.0.0.1", "--socket=" + filepath.Join(dir, "s"),
			"--init-file=" + init, "--skip-name-resolve", "--innodb-buffer-pool-size=8M", "--innodb-flush-log-at-trx-commit=0"}
	})
	return fmt.Sprintf("mysql://tester:s3cret!@127.0.0.1:%s/test", port)
}
