// Package clamdtest runs a real clamd for tests, with signatures of the test's own.
package clamdtest

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Marker is what the signature Lazaret.Test.Marker looks for.
const Marker = "lazaret test marker 5c1d"

// Ruled is what the YARA rule LazaretTestRule looks for.
const Ruled = "lazaret yara marker 77aa"

// Eicar is the test file of the anti-virus trade (https://www.eicar.org/download-anti-malware-testfile/),
// put together here so that no scanner takes this program for it.
func Eicar() []byte {
	return []byte(`X5O!P%@AP[4\PZX54(P^)7CC)7}$` + "EICAR" + `-STANDARD-ANTIVIRUS-` + "TEST-FILE!$H+H*")
}

// A Daemon is a clamd of Debian's clamav-daemon.
type Daemon struct {
	t      testing.TB
	dir    string
	cmd    *exec.Cmd
	log    bytes.Buffer
	exited chan struct{}
}

// New makes the settings and the signatures of a clamd, which Start starts.
func New(t testing.TB) *Daemon {
	t.Helper()
	dir, err := os.MkdirTemp("", "clamd") // the path of a Unix socket is short
	if err != nil {
		t.Fatal(err)
	}
	d := &Daemon{t: t, dir: dir}
	t.Cleanup(func() {
		d.Stop()
		os.RemoveAll(dir)
	})
	sum := md5.Sum(Eicar())
	for name, text := range map[string]string{
		"db/test.hdb": fmt.Sprintf("%x:%d:Eicar-Test-Signature\n", sum, len(Eicar())),
		"db/test.ndb": "Lazaret.Test.Marker:0:*:" + hex.EncodeToString([]byte(Marker)) + "\n",
		"db/test.yar": "rule LazaretTestRule { strings: $a = \"" + Ruled + "\" condition: $a }\n",
		"clamd.conf":  "LocalSocket " + dir + "/s\nDatabaseDirectory " + dir + "/db\nTemporaryDirectory " + dir + "\nForeground yes\nUser " + user() + "\nStreamMaxLength 4M\nReadTimeout 20\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func user() string {
	if name := os.Getenv("USER"); name != "" && os.Getuid() != 0 {
		return name
	}
	return "root"
}

// Address is where it listens, as clamd.Config has it.
func (d *Daemon) Address() string { return "unix://" + d.dir + "/s" }

// Start starts it and waits until it answers.
func (d *Daemon) Start() {
	d.t.Helper()
	path, err := exec.LookPath("clamd")
	if err != nil {
		path = "/usr/sbin/clamd"
	}
	d.log.Reset()
	d.cmd = exec.Command(path, "--config-file="+d.dir+"/clamd.conf")
	d.cmd.Stdout, d.cmd.Stderr = &d.log, &d.log
	if err := d.cmd.Start(); err != nil {
		d.t.Fatalf("start clamd (Debian's clamav-daemon): %v", err)
	}
	d.exited = make(chan struct{})
	go func(cmd *exec.Cmd, exited chan struct{}) {
		_ = cmd.Wait()
		close(exited)
	}(d.cmd, d.exited)
	deadline := time.After(time.Minute)
	for {
		if conn, err := net.Dial("unix", d.dir+"/s"); err == nil {
			conn.Close()
			return
		}
		select {
		case <-d.exited:
			d.t.Fatalf("clamd ended:\n%s", &d.log)
		case <-deadline:
			d.t.Fatal("clamd did not listen within a minute")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop ends it.
func (d *Daemon) Stop() {
	if d.cmd == nil {
		return
	}
	_ = d.cmd.Process.Kill()
	<-d.exited
	d.cmd = nil
	_ = os.Remove(d.dir + "/s")
}
