"""What people read in the ready-made loops: every state, step, field, mark and loop in Chinese and English (LIB-6)."""

from __future__ import annotations

from servicedesk.frozenmap import FrozenMap

__all__ = ["LABELS"]

_TABLE = """
accept_answer 认可答复 accept the answer
accepted 已受理 accepted
accepted_answer 已认可答复 answer accepted
acknowledge 确认告警 acknowledge
acknowledged 已确认 acknowledged
alarm 告警 alarm
analyse 开始分析 analyse
answer 答复 answer
answer_high 高压答复 answer a high-voltage case
answer_low 低压答复 answer a low-voltage case
answered 已答复 answered
approve 审批通过 approve
approve_again 再次审批 approve again
approved 已审批 approved
archive 归档 archive
archived 已归档 archived
arrange_survey 安排勘查 arrange a survey
assess 评估 assess
assign 指派 assign
at_back 后台处理 at the back line
at_customer 客户侧办理 at the customer
at_expert 专家处理 at an expert seat
at_seat 坐席处理 at a seat
awaiting_approval 待审批 awaiting approval
built_ok 竣工合格 built as required
business_expansion 业扩报装 business expansion
call_completion 报竣工 call for the completion check
call_due 待回访 callback due
call_mid 报中间检查 call for the mid inspection
callback 已回访 called back
called_back 已回访 called back
cancel 取消 cancel
cancelled 已取消 cancelled
cause_known 根因已明 cause known
change 变更 change
check 核对通过 check
check_failed 核对不通过 check failed
checked 已核对 checked
close 关闭 close
closed 已关闭 closed
complaint 投诉 complaint
completed 已办结 completed
completion_check 竣工检验 completion check
completion_failed 竣工不合格 completion failed
completion_passed 竣工合格 completion passed
confirm 回访确认 confirm
confirm_defect 确认缺陷 confirm the defect
consultation 咨询 consultation
contract 签订合同 contract
contract_ref 合同 contract
customer_replied 客户回复 the customer replied
data_maintenance 数据运维 data maintenance
data_scope 数据范围 data concerned
decision 裁定意见 decision
decline 退单 decline
defect 缺陷 defect
defect_ref 缺陷编号 defect reference
deliver 交付 deliver
delivered 已交付 delivered
department 责任部门 department
design_failed 设计不合格 design failed
design_ok 设计合格 design passed
design_passed 设计合格 design passed
design_ref 设计文件 design
design_review 设计审查 design review
energise 送电 energise
energising 装表接电 energising
escalate 升级专家 escalate
escalate_out 转后台 escalate to the back line
execute 执行变更 execute
executed 已执行 executed
extract 提取数据 extract
fall_back 回退 fall back
fallback_ref 回退方案 fallback plan
false_alarm 误报 false alarm
fault 故障 fault
find_cause 找到根因 find the cause
finding 不合格原因 what was found wrong
findings 调查结论 findings
finish 实施完成 finish
fix 开始修复 fix
fix_failed 修复无效 fix failed
fixing 修复中 fixing
fulfil 满足请求 fulfil
fulfilled 已满足 fulfilled
give_up 放弃回访 give up
hand_on 转交 hand on
hold 挂起 hold
implement 实施 implement
implemented 已实施 implemented
implementing 实施中 implementing
in_analysis 分析中 in analysis
in_assessment 评估中 in assessment
in_check 核对中 in check
in_progress 处理中 in progress
in_review 复核中 in review
incident 事件 incident
insist 坚持转派 insist
insisted 已坚持转派 insisted
investigating 调查中 investigating
issued 已派单 issued
known_error 已知错误 known error
lessons 经验总结 lessons learnt
lock 锁定 lock
locked 已锁定 locked
meter_ref 计量装置 meter
mid_failed 中检不合格 mid inspection failed
mid_inspection 中间检查 mid inspection
mid_ok 中检合格 mid inspection passed
mid_passed 中检合格 mid inspection passed
new 新建 new
no_answer 未接通 no answer
no_response 未响应 no response
not_a_defect 非缺陷 not a defect
object 提出异议 object
observing 观察中 observing
on_hold 已挂起 on hold
open_fault 转故障单 open a fault
operation 操作类型 kind of operation
opinion 客户意见 opinion
pass_on 转专家 pass on
plan 列入计划 plan
plan_ref 实施方案 plan
planned 已计划 planned
problem 问题 problem
raised 已产生 raised
reassign 改派 reassign
recall 撤回 recall
recalled 已撤回 recalled
recovering 恢复中 recovering
redirect 重新派单 redirect
refuse 审批驳回 refuse
refused 已驳回 refused
release 发布版本 release
release_at 计划发布时间 release date
reopen 重新打开 reopen
replan 调整计划 replan
reply 回复客户 reply
report 举报 report
request 服务请求 request
request_approval 申请审批 request approval
requested 已申请 requested
requester 申请人 requester
resolution_code 解决代码 resolution code
resolve 解决 resolve
resolve_in_call 通话中解决 resolve in the call
resolved 已解决 resolved
respond 客户响应 respond
responded 已响应 responded
result_ref 结果文件 result
resume 恢复处理 resume
retry_survey 再次勘查 retry the survey
return 退回 return
review_failed 复核不通过 review failed
review_passed 复核通过 review passed
reviewed 已复核 reviewed
rework 返工 rework
risk 风险评估 risk
root_cause 根本原因 root cause
scheduled 已排期 scheduled
scheme 供电方案 scheme
scheme_ok 方案已答复 scheme answered
scheme_ref 方案文件 scheme document
self_service 自助服务 self-service request
send_back 退回重办 send back
settle 恢复归零 settle
sign 签署 sign
signal_cleared 信号消失 signal cleared
signal_returned 信号复现 signal returned
solution 解决方案 solution
start 开始处理 start
start_recovery 开始恢复 start the recovery
submit 提交 submit
submit_design 提交设计 submit the design
suppress 抑制告警 suppress
suppressed 已抑制 suppressed
survey 现场勘查 survey
survey_done 勘查完成 survey done
survey_failed 勘查未成 survey failed
survey_ref 勘查记录 survey record
take 接单 take
unassigned 待派单 unassigned
unlock 解锁 unlock
urged 已督促 urged
verification 核实情况 what was verified
verified 已验证 verified
verify 验证通过 verify
verify_failed 验证不通过 verify failed
voltage 电压等级 voltage
waiting 等待中 waiting
window_from 窗口开始 window begins
window_over 窗口结束 window over
window_until 窗口截止 window ends
withdraw 撤销 withdraw
withdrawal_ref 撤销凭据 withdrawal
withdrawn 已撤销 withdrawn
work_order 工单 work order
workaround 临时措施 workaround
working 办理中 working
"""

LABELS: FrozenMap[str, FrozenMap[str, str]] = FrozenMap(
    {
        name: FrozenMap(zh=chinese, en=english)
        for name, chinese, english in (line.split(" ", 2) for line in _TABLE.strip().splitlines())
    }
)
"""Name -> ``{"zh": ..., "en": ...}``."""
