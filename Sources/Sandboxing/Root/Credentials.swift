/// Where people and services keep what proves to others who they are.
enum Credentials {
    /// Names that say so wherever they are.
    static let names = [
        ".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".netrc", ".pgpass", ".my.cnf",
        ".git-credentials", ".password-store", ".vault-token", ".pypirc", ".s3cfg", ".boto",
        ".Xauthority", ".ICEauthority", ".smbcredentials", ".rclone.conf", ".oci",
    ]

    /// In a home, besides these.
    static let namesInHomes =
        names + [
            ".config/gcloud", ".config/gh", ".config/git/credentials", ".config/rclone",
            ".config/containers/auth.json", ".config/helm", ".config/op", ".config/chromium",
            ".config/google-chrome", ".local/share/keyrings", ".local/share/kwalletd", ".mozilla",
            ".thunderbird", ".pki", ".dbus", ".npmrc", ".yarnrc.yml", ".gem/credentials",
            ".bundle/config", ".cargo/credentials", ".cargo/credentials.toml", ".m2/settings.xml",
            ".gradle/gradle.properties", ".composer/auth.json", ".terraform.d", ".databrickscfg",
            ".bash_history", ".zsh_history", ".python_history", ".psql_history", ".mysql_history",
            ".subversion/auth", ".minikube", ".step", ".msmtprc", ".fetchmailrc", ".mbsyncrc",
        ]

    /// Of the machine itself and of what runs on it. `/run` is no part of the machine's files.
    static let ofMachine = [
        "/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/security/opasswd",
        "/etc/krb5.keytab", "/etc/kubernetes", "/etc/rancher", "/etc/letsencrypt", "/etc/wireguard",
        "/etc/ipsec.secrets", "/etc/ipsec.d/private", "/etc/swanctl/private",
        "/etc/NetworkManager/system-connections", "/etc/ppp/pap-secrets", "/etc/ppp/chap-secrets",
        "/etc/credstore", "/etc/credstore.encrypted", "/etc/boto.cfg", "/etc/docker/key.json",
        "/etc/vault.d", "/etc/secrets", "/secrets", "/vault", "/var/secrets", "/var/lib/kubelet",
        "/var/lib/rancher", "/var/lib/docker", "/var/lib/containers", "/var/lib/lxc",
        "/var/lib/lxd", "/var/lib/incus", "/var/lib/machines", "/var/lib/libvirt", "/var/lib/cloud",
        "/var/lib/sss/secrets", "/var/lib/NetworkManager", "/var/lib/bluetooth", "/var/lib/vault",
        "/var/lib/systemd/credential.secret", "/var/lib/systemd/coredump", "/var/crash",
        "/var/backups", "/var/snap/lxd",
    ]

    /// Folders that stay, without what is in them.
    static let folders = [
        "/etc/ssl/private", "/etc/pki/tls/private", "/etc/ssh", "/var/mail", "/var/spool/mail",
        "/var/spool/cron/crontabs",
    ]

    /// Whether a path in one of these is no secret.
    static func isHarmless(_ path: String) -> Bool {
        if path.hasPrefix("/etc/ssh/") { return !isHostKey(path) }
        // What a package makes so that services start with a key that proves nothing.
        return path.hasSuffix("snakeoil.key")
    }

    /// Whether a service cannot start without it.
    static func isOwn(_ path: String, of service: String) -> Bool {
        service.hasPrefix("sshd") && isHostKey(path)
    }

    private static func isHostKey(_ path: String) -> Bool {
        path.hasPrefix("/etc/ssh/ssh_host_") && path.hasSuffix("_key")
    }

    /// Folders in which nobody keeps any, and those that are made anew.
    static let foldersWithout = [
        "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/boot", "/proc", "/sys",
        "/dev", "/run", "/tmp", "/var/tmp", "/var/cache", "/home", "/root", "/snap", "/nix",
        "/lost+found",
    ]
}
