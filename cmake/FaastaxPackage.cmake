# SPDX-License-Identifier: Apache-2.0
# What is installed where, and the Debian packages of it: `cpack --config build/PRESET/CPackConfig.cmake`.
# The lab's programs look for each other in one folder, and their names are too common for /usr/bin.
install(TARGETS faastax faastax_cluster_manager faastax_gateway faastax_queue_proxy emergency_agent
  RUNTIME DESTINATION lib/faastax COMPONENT cli)
install(CODE "file(MAKE_DIRECTORY \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/bin\")
file(CREATE_LINK ../lib/faastax/faastax \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/bin/faastax\" SYMBOLIC)" COMPONENT cli)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/examples/ DESTINATION share/doc/faastax/examples COMPONENT cli)
install(FILES README.md CHANGELOG.md docs/metrics.md docs/limits.md docs/deployment.md
  DESTINATION share/doc/faastax COMPONENT cli)

# faastax_daemon_package(<component> <target>): a daemon with its unit, its configuration and, in its package,
# scripts that enable and start it where systemd runs.
function(faastax_daemon_package component target)
  install(TARGETS ${target} RUNTIME DESTINATION bin COMPONENT ${component})
  install(FILES deploy/systemd/${target}.service DESTINATION lib/systemd/system COMPONENT ${component})
  install(FILES deploy/systemd/${component}.yaml DESTINATION /etc/faastax COMPONENT ${component})
  install(FILES examples/${component}.yaml docs/deployment.md DESTINATION share/doc/${target} COMPONENT ${component})
  set(control ${PROJECT_BINARY_DIR}/debian/${component})
  set(FAASTAX_UNIT ${target})
  foreach(script postinst prerm postrm)
    configure_file(deploy/debian/${script}.in ${control}/${script} @ONLY
      FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
  endforeach()
  file(CONFIGURE OUTPUT ${control}/conffiles CONTENT "/etc/faastax/${component}.yaml\n")
  string(TOUPPER ${component} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${target} PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_PACKAGE_CONTROL_EXTRA
    ${control}/postinst ${control}/prerm ${control}/postrm ${control}/conffiles PARENT_SCOPE)
endfunction()

faastax_daemon_package(agent faastax-agent)
set(CPACK_COMPONENTS_ALL cli agent)
set(CPACK_COMPONENT_AGENT_DESCRIPTION
  "agent: where a node's CPU and memory go\n Books every busy nanosecond of a serverless node with eBPF and serves it as Prometheus metrics.")
if(TARGET faastax-collector)
  faastax_daemon_package(collector faastax-collector)
  list(APPEND CPACK_COMPONENTS_ALL collector)
  set(CPACK_COMPONENT_COLLECTOR_DESCRIPTION
    "collector: the records of many agents\n Stores what agents tell and the scaling events of control planes, and joins them.")
endif()
set(CPACK_COMPONENT_CLI_DESCRIPTION
  "command line: measures and explains instance churn\n Reports where a serverless node's CPU and memory go, and runs a serverless lab on one machine.")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME faastax)
set(CPACK_PACKAGE_VENDOR faastax)
set(CPACK_PACKAGE_CONTACT "faastax maintainers <maintainers@faastax.dev>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
  WORLD_READ WORLD_EXECUTE)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_CLI_PACKAGE_NAME faastax)
set(CPACK_DEBIAN_CLI_PACKAGE_SUGGESTS "faastax-agent, runc | crun, containerd")
include(CPack)
