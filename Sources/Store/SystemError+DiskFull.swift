internal import Glibc
import Platform

extension SystemError {
    var isDiskFull: Bool { code == ENOSPC || code == EDQUOT || code == EFBIG }
}
