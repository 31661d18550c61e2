"""Words about what it means and who must know: levels, notices, what other systems say, who acts."""

from shared.contracts.vocabulary.word import Word


class Level(Word):
    """安全等级: the colour of a site, blue the best and red the worst."""

    BLUE = "blue", "蓝"
    YELLOW = "yellow", "黄"
    ORANGE = "orange", "橙"
    RED = "red", "红"

    @property
    def rank(self) -> int:
        """0 for blue to 3 for red: the greater, the worse."""
        return tuple(Level).index(self)

    @property
    def letter(self) -> str:
        """The supervision class beside the colour: A for blue to D for red."""
        return "ABCD"[self.rank]


class RiskBand(Word):
    """固有风险: the band of the inherent axis, R1 the greatest risk."""

    R1 = "r1", "重大风险"
    R2 = "r2", "较大风险"
    R3 = "r3", "一般风险"
    R4 = "r4", "低风险"


class Period(Word):
    """周期: the unit in which a frequency counts."""

    DAY = "day", "日"
    WEEK = "week", "周"
    MONTH = "month", "月"
    QUARTER = "quarter", "季"
    YEAR = "year", "年"


class GradeCause(Word):
    """调级缘由: what set the level in motion."""

    FACT = "fact", "事实变化"
    TIME = "time", "时间推移"
    VETO = "veto", "一票否决"
    POLICY = "policy", "政策调整"
    OVERRIDE = "override", "人工调整"
    APPEAL = "appeal", "申诉"


class AppealDecision(Word):
    """申诉结论: how an appeal ended."""

    UPHELD = "upheld", "申诉成立"
    PARTLY_UPHELD = "partly_upheld", "部分成立"
    REJECTED = "rejected", "申诉不成立"
    WITHDRAWN = "withdrawn", "撤回"


class Role(Word):
    """角色: in which role an account acts."""

    ADMIN = "admin", "系统管理员"
    BUREAU = "bureau", "应急管理局(站)"
    ENFORCER = "enforcer", "持证执法人员"
    GRID_OFFICER = "grid_officer", "网格员"
    ENGINEER = "engineer", "注册安全工程师"
    DEPARTMENT = "department", "部门"
    LANDLORD = "landlord", "出租方"
    TENANT = "tenant", "承租企业"
    AUDITOR = "auditor", "审计员"
    INTEGRATOR = "integrator", "对接系统"


class Recipient(Word):
    """告知对象: on which rung of the ladder somebody is told."""

    TENANT = "tenant", "承租企业"
    LANDLORD = "landlord", "出租方"
    UNIFIED_MANAGER = "unified_manager", "统一管理人"
    GRID_OFFICER = "grid_officer", "网格员"
    GRID_LEADER = "grid_leader", "网格长"
    ZONE_OFFICER = "zone_officer", "镇街(园区)干部"
    ZONE_LEADER = "zone_leader", "镇街(园区)领导"
    BUREAU = "bureau", "应急管理局"
    DEPARTMENT = "department", "部门"
    SAFETY_OFFICE = "safety_office", "安委办"
    SUBSCRIBER = "subscriber", "订阅方"


class ChannelKind(Word):
    """渠道: the way on which a notice reaches a person."""

    SMS = "sms", "短信"
    VOICE = "voice", "语音电话"
    WECHAT = "wechat", "微信公众号"
    MINI_PROGRAM = "mini_program", "小程序订阅消息"
    WECOM = "wecom", "企业微信"
    EMAIL = "email", "电子邮件"
    WEBHOOK = "webhook", "网络回调"
    IN_APP = "in_app", "站内消息"
    OUTBOX = "outbox", "本地发件箱"
    OTHER = "other", "其他"


class NoticeState(Word):
    """告知状态: how far a notice has come."""

    PLANNED = "planned", "待发送"
    ACCEPTED = "accepted", "通道已受理"
    DELIVERED = "delivered", "已送达"
    READ = "read", "已阅读"
    ACKNOWLEDGED = "acknowledged", "已确认"
    FAILED = "failed", "发送失败"
    CANCELLED = "cancelled", "已取消"


class NoticeFailure(Word):
    """失败原因: why a notice did not reach its person on this channel."""

    NO_CONTACT = "no_contact", "无联系方式"
    REFUSED = "refused", "通道拒绝"
    UNREACHABLE = "unreachable", "号码不可达"
    OPTED_OUT = "opted_out", "用户退订"
    NOT_SUBSCRIBED = "not_subscribed", "未订阅"
    CAPPED = "capped", "超出频次上限"
    OUTDATED = "outdated", "已过时效"
    CONTENT = "content", "内容不合规"
    GAVE_UP = "gave_up", "多次重试失败"
    OTHER = "other", "其他"


class ParkedReason(Word):
    """待处理原因: why an external event waits for a person."""

    NO_MATCH = "no_match", "未匹配"
    SEVERAL_MATCHES = "several_matches", "多个候选"
    LOW_CONFIDENCE = "low_confidence", "匹配度低"
    UNKNOWN_KIND = "unknown_kind", "类型未知"
    UNREADABLE = "unreadable", "内容无法解析"
    CONFLICT = "conflict", "与台账冲突"


class MatchMethod(Word):
    """匹配方式: how an external event found its site or party."""

    EXTERNAL_ID = "external_id", "已知外部编号"
    CREDIT_CODE = "credit_code", "统一社会信用代码"
    CODE = "code", "安全码"
    METER = "meter", "户号"
    DEVICE = "device", "设备编号"
    ADDRESS = "address", "地址"
    TITLE = "title", "单位名称"
    BY_HAND = "by_hand", "人工匹配"
