package login_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/login"
)

func TestFile(t *testing.T) {
	for _, tt := range []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{"HOME": "/home/ada"}, "/home/ada/.config/lazaret/login.json"},
		{map[string]string{"HOME": "/home/ada", "XDG_CONFIG_HOME": "/cfg"}, "/cfg/lazaret/login.json"},
		{map[string]string{"HOME": "/home/ada", "XDG_CONFIG_HOME": "cfg"}, "/home/ada/.config/lazaret/login.json"},
		{map[string]string{"XDG_CONFIG_HOME": "cfg"}, ""},
		{map[string]string{"AppData": "/roaming"}, "/roaming/lazaret/login.json"},
		{nil, ""},
	} {
		if got := login.File(func(name string) string { return tt.env[name] }); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.env, got, tt.want)
		}
	}
}

func TestCredentialsAreKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "new", "lazaret", "login.json")
	if _, err := login.Load(file); !errors.Is(err, login.ErrNone) {
		t.Errorf("before: %v", err)
	}
	all := []login.Credentials{
		{Server: "https://mirror.test", Token: "lzt_x"},
		{Server: "https://mirror.test", Issuer: &login.Issuer{URL: "https://login.test", ClientID: "c", Scopes: []string{"openid"}}, Session: &login.Session{IDToken: "a.b.c", Refresh: "r", Expires: time.Unix(1, 0).UTC()}},
	}
	for _, want := range all {
		if err := login.Save(file, want); err != nil {
			t.Fatal(err)
		}
		got, err := login.Load(file)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	for path, want := range map[string]os.FileMode{file: 0o600, filepath.Dir(file): 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 {
		t.Errorf("beside it: %v, %v", left, err)
	}
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	if c, err := login.Load(file); err == nil || errors.Is(err, login.ErrNone) || c.Token != "" || !strings.Contains(err.Error(), "others can read") {
		t.Errorf("readable by a group: %+v, %v", c, err)
	}
	if err := login.Remove(file); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{"removed twice": login.Remove(file), "nowhere": login.Remove("")} {
		if !errors.Is(err, login.ErrNone) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := os.WriteFile(file, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := login.Load(file); err == nil || errors.Is(err, login.ErrNone) {
		t.Errorf("of nothing: %v", err)
	}
	if err := login.Save("", all[0]); err == nil {
		t.Error("kept nowhere")
	}
}
