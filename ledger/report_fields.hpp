// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

/// The fields of `faastax.report.v1`, in the order in which they are written.
namespace faastax::ledger {

enum class Presence {
  kAlways,
  kOrNull,    ///< null where it is not known
  kOptional,  ///< may be left out
};

struct ReportField {
  std::string_view name;
  std::string_view type;  ///< a simple type, an enumeration or an object; in brackets, a list of it
  std::string_view description = {};
  Presence presence = Presence::kAlways;
};

struct ReportObject {
  std::string_view name;
  std::string_view description;
  std::span<const ReportField> fields;
};

/// The first is the report itself; the others are named by fields.
std::span<const ReportObject> report_objects();

}  // namespace faastax::ledger
