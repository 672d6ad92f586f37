// Asks for a password through the stack SERVICE, which may be an expression of `arguments`.

int pam_start(const char *, const char *, const void *, void **);
int pam_authenticate(void *, int);

int main(int count, char **arguments) {
    void *handle;
    return count > 5 && (pam_start(SERVICE, "nobody", 0, &handle) || pam_authenticate(handle, 0));
}
