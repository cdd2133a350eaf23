package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lazaret/lazaret/internal/login"
	"github.com/lazaret/lazaret/internal/testop"
)

// browse runs a command, and opens what it says to open as a person would.
func browse(t *testing.T, p *testop.Provider, environ []string, args ...string) (code int, stdout string) {
	t.Helper()
	var out bytes.Buffer
	r, w := io.Pipe()
	failed := make(chan error, 1)
	go func() {
		var code string
		var err error
		for lines := bufio.NewScanner(r); lines.Scan(); {
			line := strings.TrimSpace(lines.Text())
			if _, after, ok := strings.Cut(line, "enter the code "); ok {
				code = "?user_code=" + strings.TrimSuffix(after, ":")
			}
			if strings.HasPrefix(line, "http://") {
				err = errors.Join(err, p.Browser(context.WithoutCancel(t.Context()), line+code))
			}
		}
		failed <- err
	}()
	exit := run(t.Context(), args, environ, &out, w)
	w.Close()
	if err := <-failed; err != nil {
		t.Error(err)
	}
	return exit, out.String()
}

// By the organisation's own login to an exception: in a browser here or elsewhere; renewed when
// its time is up; without the group that it was for, no more.
func TestLoginByOIDC(t *testing.T) {
	p, err := testop.Start(testop.Config{ClientID: "lazaret", Lifetime: 31 * time.Second}) // a second more than what is renewed early
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	r := newReplica(t, "LAZARET_OIDC_ISSUER="+p.URL, "LAZARET_OIDC_CLIENT_ID=lazaret", "LAZARET_OIDC_ROLES=groups:security=reviewer,groups:dev=viewer", "LAZARET_OIDC_SCOPES=openid,email,groups,offline_access")
	server := "http://" + r.adminAddr()
	for name, flags := range map[string][]string{"browser": {"--oidc"}, "device": {"--oidc", "--device"}} {
		t.Run(name, func(t *testing.T) {
			environ := []string{"HOME=" + t.TempDir()}
			file := login.File(terminal{env: environ}.variable)
			try := func(want int, args ...string) string {
				t.Helper()
				var stdout, stderr bytes.Buffer
				if code := run(t.Context(), args, environ, &stdout, &stderr); code != want {
					t.Errorf("lazaret %s: exit %d, want %d: %s", strings.Join(args, " "), code, want, &stderr)
				}
				return stdout.String()
			}
			ada := testop.User{Subject: "7", Email: "ada@acme.example", Verified: true, Groups: []string{"security"}}
			p.Login(ada)
			if code, out := browse(t, p, environ, append([]string{"login", server}, flags...)...); code != exitOK || !strings.Contains(out, "you are ada@acme.example, with the role reviewer") {
				t.Fatalf("login: exit %d: %s", code, out)
			}
			if out := try(exitOK, "exception", "add", "--rule", "a/b", "--reason", "r"); !strings.Contains(out, "ada@acme.example") {
				t.Errorf("added by\n%s", out)
			}
			before, err := login.Load(file)
			if err != nil {
				t.Fatal(err)
			}
			before.Session.Expires = time.Now() // as if a while had passed
			if err := login.Save(file, before); err != nil {
				t.Fatal(err)
			}
			ada.Groups = []string{"dev"}
			p.Login(ada)
			if out := try(exitOK, "whoami"); !strings.Contains(out, "viewer") {
				t.Errorf("renewed, without the group:\n%s", out)
			}
			after, err := login.Load(file)
			if err != nil || after.Session.IDToken == before.Session.IDToken || after.Session.Refresh == before.Session.Refresh {
				t.Errorf("not renewed: %+v, %v", after, err)
			}
			try(exitAccess, "exception", "add", "--rule", "a/b", "--reason", "r")
			after.Session.Expires, after.Session.Refresh = time.Now(), "spent"
			if err := login.Save(file, after); err != nil {
				t.Fatal(err)
			}
			try(exitAccess, "whoami")
			try(exitOK, "logout")
			if _, err := login.Load(file); !errors.Is(err, login.ErrNone) {
				t.Errorf("after logout: %v", err)
			}
			ada.Groups = nil // a login without a role is none
			p.Login(ada)
			if code, _ := browse(t, p, environ, append([]string{"login", server}, flags...)...); code != exitAccess {
				t.Errorf("without a group: exit %d", code)
			}
			if left, err := filepath.Glob(filepath.Join(filepath.Dir(file), "*")); err != nil || len(left) > 0 {
				t.Errorf("kept: %v, %v", left, err)
			}
		})
	}
}

// Without its issuer a mirror starts, and those with API tokens get in.
func TestServeWithoutItsIssuer(t *testing.T) {
	r := newReplica(t, "LAZARET_OIDC_ISSUER=http://127.0.0.1:1", "LAZARET_OIDC_CLIENT_ID=lazaret")
	var shown, stdout, stderr bytes.Buffer
	if err := firstToken(t.Context(), r.records, time.Now(), 0, &shown); err != nil {
		t.Fatal(err)
	}
	environ := []string{"LAZARET_SERVER=http://" + r.adminAddr(), "LAZARET_TOKEN=" + strings.TrimSpace(strings.Split(shown.String(), "\n")[3])}
	if code := run(t.Context(), []string{"whoami"}, environ, &stdout, &stderr); code != exitOK {
		t.Errorf("by an API token: exit %d: %s", code, &stderr)
	}
	environ[1] = "LAZARET_TOKEN=a.b.c"
	if code := run(t.Context(), []string{"whoami"}, environ, &stdout, &stderr); code != exitAccess || !strings.Contains(stderr.String(), "could not be found out") {
		t.Errorf("by an ID token: exit %d: %s", code, &stderr)
	}
}
