# This machine: the same C, compiled by cc, with files and a console of its own
EP_DESCRIPTION := this machine
EP_CORE        := host
