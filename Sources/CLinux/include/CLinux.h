// The Linux calls that Swift cannot express: variadic functions, macros, tagged unions, code
// between clone and execve, and what glibc declares only under _GNU_SOURCE. Every function
// returns a result that is not negative, or a negative error number. No feature macro is needed
// to include these headers.
#ifndef CLINUX_H
#define CLINUX_H

#include "CLinuxBystander.h"
#include "CLinuxEnforce.h"
#include "CLinuxFork.h"
#include "CLinuxJob.h"
#include "CLinuxLaunch.h"
#include "CLinuxProcess.h"
#include "CLinuxRecord.h"
#include "CLinuxRoot.h"
#include "CLinuxSandbox.h"
#include "CLinuxSnapshot.h"
#include "CLinuxSocket.h"
#include "CLinuxTrace.h"

#endif
