# This machine: the same C, compiled by cc, with files and a console of its own
ECGP_DESCRIPTION := this machine
ECGP_CORE        := host
