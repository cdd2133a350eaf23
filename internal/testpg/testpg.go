// Package testpg runs a PostgreSQL server of Debian's for tests: in a temporary
// directory, on a Unix socket, without a network and without anything that a crash would
// need. It is real in every other way.
package testpg

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

// ErrMissing says that this machine has no PostgreSQL. Where CI is set that must fail a test.
var ErrMissing = errors.New("testpg: PostgreSQL is not installed")

// A Server is a running PostgreSQL.
type Server struct {
	bin, dir string
	cred     *syscall.Credential // nil: this process's own
	cmd      *exec.Cmd
	ended    chan error
	made     atomic.Int64 // databases
}

// Start makes a cluster and starts a server on it. PostgreSQL does not run as root: a
// root's server runs as the user postgres, which Debian's package makes.
func Start(ctx context.Context) (*Server, error) {
	bins, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(bins) == 0 {
		return nil, errors.Join(ErrMissing, err)
	}
	slices.Sort(bins)
	// Short, because the path of a socket may have 107 bytes.
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		return nil, fmt.Errorf("testpg: %w", err)
	}
	s := &Server{bin: bins[len(bins)-1], dir: dir, ended: make(chan error, 1)}
	if err := s.start(ctx); err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("testpg: %w", err)
	}
	return s, nil
}

func (s *Server) start(ctx context.Context) error {
	if os.Geteuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			return err
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		s.cred = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(s.dir, int(uid), int(gid)); err != nil {
			return err
		}
	}
	data := filepath.Join(s.dir, "data")
	if out, err := s.command(ctx, "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync").CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	s.cmd = s.command(context.WithoutCancel(ctx), "postgres", "-D", data, "-k", s.dir, "-c", "listen_addresses=",
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200")
	s.cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT // a test that is killed leaves no server
	if err := s.cmd.Start(); err != nil {
		return err
	}
	go func() { s.ended <- s.cmd.Wait() }()
	for {
		err := s.command(ctx, "pg_isready", "-q", "-h", s.dir).Run()
		if err == nil {
			return nil
		}
		select {
		case err := <-s.ended:
			return fmt.Errorf("the server ended: %w", err)
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err, s.Stop())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// command runs one of PostgreSQL's programs as the server's user.
func (s *Server) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, filepath.Join(s.bin, program), args...)
	c.Dir = s.dir
	c.Env = []string{"LC_ALL=C", "PATH=" + s.bin + ":/usr/bin:/bin"}
	c.SysProcAttr = &syscall.SysProcAttr{Credential: s.cred}
	return c
}

// Database makes an empty database and returns its URL.
func (s *Server) Database(ctx context.Context) (string, error) {
	name := fmt.Sprintf("test%d", s.made.Add(1))
	if out, err := s.command(ctx, "createdb", "-h", s.dir, "-U", "postgres", "-T", "template0", name).CombinedOutput(); err != nil {
		return "", fmt.Errorf("testpg: createdb: %w: %s", err, out)
	}
	u := url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/" + name, RawQuery: url.Values{"host": {s.dir}}.Encode()}
	return u.String(), nil
}

// Stop ends the server and removes all that it wrote.
func (s *Server) Stop() error {
	err := s.cmd.Process.Signal(syscall.SIGQUIT)
	if err == nil {
		<-s.ended // what it says of being told to quit is of no interest
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}
