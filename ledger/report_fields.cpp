// SPDX-License-Identifier: Apache-2.0
#include "ledger/report_fields.hpp"

namespace faastax::ledger {
namespace {

constexpr auto kOrNull = Presence::kOrNull;
constexpr auto kOptional = Presence::kOptional;

constexpr std::string_view kEdges =
    "Of the completed ones, known by byte edges alone (TLS, unknown protocols).";
constexpr std::string_view kCompleted = "Completed ones; null where they cannot be seen.";
constexpr std::string_view kHealth = "Health probes, which are no requests.";
constexpr std::string_view kNoCycles = "null without a source of cycles.";
constexpr std::string_view kNoInstructions = "null where nothing counts them.";

constexpr ReportField kReport[] = {
    {"schema", "schema"},
    {"window", "window"},
    {"node", "node"},
    {"cpu", "cpu"},
    {"memory", "memory"},
    {"ratios", "ratios"},
    {"instances", "instances"},
    {"requests", "requests"},
    {"timeline", "[timeline_point]",
     "The window stretch by stretch, without gaps; left out where only its ends are known.", kOptional},
    {"functions", "[function]"},
    {"instances_detail", "[instance]", "Only with --instances.", kOptional},
    {"by", "division", "Only of `faastax report --by`.", kOptional},
    {"notes", "[text]", "What a report's source cannot say; only of `faastax report`.", kOptional},
    {"bpf", "bpf"},
    {"scaling", "scaling", "null where no control plane told any decision.", kOrNull},
    {"lost", "lost"}};

constexpr ReportField kWindow[] = {{"start", "time"}, {"seconds", "seconds"}};

constexpr ReportField kNode[] = {{"name", "text"},
                                 {"kernel", "text"},
                                 {"cpus", "count"},
                                 {"cgroup", "text", "v2 or hybrid."},
                                 {"cycle_source", "text", "exact, sampled, derived or none."},
                                 {"runtime_versions", "texts_by_name"}};

constexpr ReportField kCpu[] = {
    {"wall_cpu_seconds", "seconds", "Wall time times online CPUs = busy + idle + steal + residual."},
    {"idle_seconds", "seconds"},
    {"steal_seconds", "seconds", "Taken by the hypervisor."},
    {"busy_seconds", "seconds", "Sum of by_activity and unsettled_seconds."},
    {"unsettled_seconds", "seconds",
     "Of instances after their first exec, whose end as init or handle is open."},
    {"residual_seconds", "seconds", "What the books miss, or have too much."},
    {"carved_seconds", "seconds",
     "Of busy_seconds, what interrupts took of the tasks that they interrupted; their other time was that of "
     "idle CPUs, which the cgroups' accounting has nowhere. 0 where interrupts stay with the tasks; null "
     "where "
     "the report's source does not say.",
     kOrNull},
    {"by_activity", "activities"},
    {"by_component", "[component]", "Largest first."},
    {"apportioning", "apportioning"},
    {"idle_cycles", "count",
     "While CPUs idle, in the time that counters run; null without a source of cycles.", kOrNull},
    {"refused_readings", "count",
     "Of counters that had not run all the time, because others used the same hardware: not scaled up, not "
     "booked.",
     kOrNull}};

constexpr ReportField kActivityCpu[] = {{"seconds", "seconds", "Includes inferred_seconds."},
                                        {"inferred_seconds", "seconds", "Apportioned by a model."},
                                        {"cycles", "number", kNoCycles, kOrNull},
                                        {"instructions", "number", kNoInstructions, kOrNull}};

constexpr ReportField kComponent[] = {
    {"component", "text"}, {"activity", "activity"}, {"seconds", "seconds"}, {"inferred_seconds", "seconds"}};

constexpr ReportField kApportioning[] = {
    {"state", "apportioning_state",
     "learning: no quiet moment yet; off: none within 10 minutes: then nothing is divided. unknown: the "
     "report's "
     "source does not say."},
    {"reason", "text", "Why nothing is divided; null while it is.", kOrNull},
    {"baseline_cpus", "cpus_by_name",
     "What a daemon uses while no sandbox is made or removed; it stays manage."}};

constexpr ReportField kMemory[] = {
    {"byte_seconds", "byte_seconds"},
    {"reserved_byte_seconds", "byte_seconds_value", "By the limits of the instances."},
    {"dying_cgroups", "count", "Removed, and not yet freed by the kernel; null where that cannot be read.",
     kOrNull}};

constexpr ReportField kRatios[] = {
    {"churn_ratio", "ratio", "(create + init + teardown) / handle.", kOrNull},
    {"overhead_ratio", "ratio", "(create + teardown + manage + route) / (init + handle + idle).", kOrNull},
    {"memory_ratio", "ratio", "Byte-seconds of all instances / those of busy ones.", kOrNull}};

constexpr ReportField kInstances[] = {
    {"live_at_start", "count"},
    {"started", "count"},
    {"stopped", "count"},
    {"live_at_end", "count"},
    {"create_failed", "count"},
    {"served_none", "count", "Ended without a request."},
    {"cold_start_seconds", "percentiles"},
    {"cold_start_buckets", "[bucket]",
     "How cold starts are distributed: the buckets with a sample, shortest first."}};

constexpr ReportField kBucket[] = {
    {"above", "seconds"}, {"le", "seconds", "null: no bound.", kOrNull}, {"count", "count"}};

constexpr ReportField kRequests[] = {
    {"completed", "count"}, {"inferred", "count", kEdges}, {"aborted", "count"}, {"seconds", "percentiles"}};

constexpr ReportField kTimelinePoint[] = {
    {"start_seconds", "seconds", "Since the window's start."},
    {"seconds", "seconds"},
    {"cpu_seconds", "cpu_seconds"},
    {"idle_seconds", "seconds"},
    {"memory_byte_seconds", "byte_seconds"},
    {"started", "count", "null where it is not known when.", kOrNull},
    {"requests", "count", "Completed ones; null where it is not known when.", kOrNull}};

constexpr ReportField kFunction[] = {
    {"namespace", "text"},
    {"function", "text"},
    {"track", "track"},
    {"started", "count"},
    {"requests", "count", kCompleted, kOrNull},
    {"requests_inferred", "count", kEdges},
    {"aborted", "count"},
    {"probes", "count", kHealth},
    {"in_flight_peak", "count", "Most requests that one instance had open at once, since attach."},
    {"request_seconds", "percentiles"},
    {"cpu_seconds", "cpu_seconds"},
    {"inferred_seconds", "seconds"},
    {"cycles", "number", kNoCycles, kOrNull},
    {"instructions", "number", kNoInstructions, kOrNull},
    {"memory_byte_seconds", "byte_seconds_by_state"},
    {"churn_ratio", "ratio", {}, kOrNull}};

constexpr ReportField kInstance[] = {
    {"uid", "text"},
    {"sandbox", "text"},
    {"namespace", "text"},
    {"function", "text"},
    {"track", "track"},
    {"kind", "text", "server or job."},
    {"live_at_start", "flag", "It was there before the window."},
    {"own_seconds", "seconds", "With carved_seconds, what the instance's cpu.stat says."},
    {"carved_seconds", "seconds",
     "What interrupts took of it, which are components of their own with --interrupts; else 0."},
    {"cycles", "number", "Own and served; null without a source of cycles.", kOrNull},
    {"instructions", "number", kNoInstructions, kOrNull},
    {"cpu_seconds", "cpu_seconds"},
    {"requests", "count", kCompleted, kOrNull},
    {"requests_inferred", "count", kEdges},
    {"aborted", "count"},
    {"probes", "count", kHealth},
    {"in_flight_peak", "count", "Most requests open at once, since attach."},
    {"cold_start_seconds", "seconds", "null where its start was not seen, or it was never ready.", kOrNull},
    {"memory_byte_seconds", "byte_seconds_by_state"},
    {"memory_peak_bytes", "bytes"},
    {"ended", "text", "exit:0, signal:9, oom, create_failed, or empty while it lives."}};

constexpr ReportField kDivision[] = {
    {"dimension", "dimension"},
    {"rows", "[division_row]", "Largest first; the row with `rest`, if there is one, last."}};

constexpr ReportField kDivisionRow[] = {
    {"namespace", "text", "Of functions alone.", kOptional},
    {"name", "text"},
    {"rest", "flag", "What belongs to none of the others."},
    {"cpu_seconds", "cpu_seconds"},
    {"inferred_seconds", "seconds"},
    {"started", "count", {}, kOrNull},
    {"requests", "count", {}, kOrNull},
    {"aborted", "count", {}, kOrNull},
    {"memory_byte_seconds", "byte_seconds_by_state", "null where it is not known of the parts.", kOrNull},
    {"churn_ratio", "ratio", {}, kOrNull}};

constexpr ReportField kBpf[] = {
    {"estimated_seconds", "seconds", "Inside the time of other tasks, not beside it."},
    {"programs", "[program]"}};

constexpr ReportField kProgram[] = {{"name", "text"}, {"runs", "count"}, {"ns_per_run", "nanoseconds"}};

constexpr ReportField kScaling[] = {
    {"decisions", "count"},
    {"scale_ups", "count"},
    {"scale_downs", "count"},
    {"without_instances", "count", "Scale-ups that started none: an instance became free sooner."},
    {"instances", "scaling_instances"},
    {"served_none", "count"},
    {"scale_up_cpu_seconds", "percentiles",
     "CPU to create, initialise and tear down what one decision started."},
    {"held_requests", "count", "Sent after they had waited for an instance."},
    {"delay_seconds", "percentiles", "How long those waited."},
    {"groups", "[scaling_group]", "By policy and track."},
    {"ups", "[scale_up]", "Decisions that started instances, in the order of time; the first thousand."},
    {"ups_left_out", "count"},
    {"events_lost", "count", "That the control plane could not hand over."},
    {"churn", "churn", {}, kOrNull},
    {"problems", "[text]", "What does not fit together; the first twenty."}};

constexpr ReportField kScalingInstances[] = {
    {"by_decision", "count"},
    {"repairs", "count", "In place of one that was lost."},
    {"undecided", "count", "Started, and no decision wanted them or the control plane told nothing of them."},
    {"unobserved", "count", "Ran by the control plane's account, and the profiler saw none."},
    {"failed", "count", "Of the started: they never were ready."},
    {"mismatched", "count", "Of another track or function than the control plane says."},
    {"duplicates", "count", "Decisions or starts that were told twice."}};

constexpr ReportField kScalingGroup[] = {{"policy", "text"},
                                         {"track", "track"},
                                         {"decisions", "count"},
                                         {"scale_ups", "count"},
                                         {"instances", "count", "Started, repairs included."},
                                         {"repairs", "count"},
                                         {"failed", "count"},
                                         {"served_none", "count"},
                                         {"requests", "count", "Completed by them."},
                                         {"cpu_seconds", "cpu_seconds"},
                                         {"memory_byte_seconds", "byte_seconds_by_state"},
                                         {"scale_up_cpu_seconds", "percentiles"},
                                         {"held_requests", "count"},
                                         {"delay_seconds", "percentiles"}};

constexpr ReportField kScaleUp[] = {
    {"decision", "text"},
    {"time", "time"},
    {"policy", "text"},
    {"namespace", "text"},
    {"function", "text"},
    {"track", "track"},
    {"instances", "count"},
    {"served_none", "count"},
    {"requests", "count"},
    {"churn_cpu_seconds", "seconds", "Of create, init and teardown."},
    {"idle_cpu_seconds", "seconds"},
    {"idle_memory_byte_seconds", "byte_seconds_value", "While starting, idle or stopping."}};

constexpr ReportField kChurn[] = {{"refused", "text", "Why the data carries no line.", kOrNull},
                                  {"periods", "count"},
                                  {"fixed_cpus", "interval", {}, kOrNull},
                                  {"creation_cpu_seconds", "interval", {}, kOrNull},
                                  {"r_squared", "ratio", {}, kOrNull}};

constexpr ReportField kInterval[] = {{"value", "number"}, {"low", "number"}, {"high", "number"}};
constexpr ReportField kPercentiles[] = {{"p50", "seconds", {}, kOptional}, {"p99", "seconds", {}, kOptional}};
constexpr ReportField kLost[] = {{"events", "count"}, {"records", "count"}};

constexpr ReportObject kObjects[] = {
    {"report", "Churn-overhead report of one window. Fields may be added, never renamed.", kReport},
    {"window", {}, kWindow},
    {"node", {}, kNode},
    {"cpu", {}, kCpu},
    {"activity_cpu", {}, kActivityCpu},
    {"component", {}, kComponent},
    {"apportioning", "How the work of daemons that serve all sandboxes is divided among them (inferred).",
     kApportioning},
    {"memory", {}, kMemory},
    {"ratios", "null where a denominator is zero.", kRatios},
    {"instances", {}, kInstances},
    {"bucket", {}, kBucket},
    {"requests", {}, kRequests},
    {"timeline_point", {}, kTimelinePoint},
    {"function", {}, kFunction},
    {"instance", {}, kInstance},
    {"division", "The rows add up to cpu.by_activity.", kDivision},
    {"division_row", {}, kDivisionRow},
    {"bpf", {}, kBpf},
    {"program", {}, kProgram},
    {"scaling", "What scaling decisions cost.", kScaling},
    {"scaling_instances", {}, kScalingInstances},
    {"scaling_group", {}, kScalingGroup},
    {"scale_up", {}, kScaleUp},
    {"churn",
     "CPU of create, teardown and manage beside the rate of creations, over periods: a straight line with "
     "95% "
     "confidence intervals.",
     kChurn},
    {"interval", {}, kInterval},
    {"percentiles", "Absent without samples.", kPercentiles},
    {"lost", {}, kLost}};

}  // namespace

std::span<const ReportObject> report_objects() { return kObjects; }

}  // namespace faastax::ledger
