-- Views: what several tables say together, so that it is said in one place. Nothing writes them.

-- waiver_held: each waiver with the days on which it holds, both included. One that was ended early holds until the day before;
-- one that was ended on its first day has its until_on before its from_on, and so holds on no day.
create view waiver_held as
select w.id, w.person_id, w.course_id, w.from_on,
       case when x.ended_on <= w.until_on then x.ended_on - 1 else w.until_on end as until_on
from waiver w
left join waiver_end x on x.waiver_id = w.id;

-- profile_held: each profile that is believed now with the days for which it holds: from from_on until before to_on, the day
-- from which the next one does. The last one's to_on lies beyond every day that can be asked for. It is for the profiles of a
-- few; everybody's of one day are read faster by each_on in crates/roster/src/profile.rs.
create view profile_held as
select p.person_id, p.from_on,
       coalesce(
           (select min(later.from_on)
            from profile later
            where later.person_id = p.person_id
              and later.superseded_at is null
              and later.from_on > p.from_on),
           9999999) as to_on,
       p.email, p.given_name, p.family_name, p.preferred_name, p.manager_key
from profile p
where p.superseded_at is null;
