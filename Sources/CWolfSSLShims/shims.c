#include "CWolfSSLShims.h"
